/**
 * QEMU's machine protocol, as much of it as we speak: JSON lines on a unix socket (docs/interop/qmp-spec.rst).
 *
 * The server greets with `{"QMP": ...}`; after `qmp_capabilities` it takes commands `{"execute", "arguments", "id"}`
 * and answers `{"return", "id"}` or `{"error": {"class", "desc"}, "id"}`, with `{"event", "data"}` in between.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A command that QEMU refused: `desc` is its own sentence. */
export class QmpError extends Error {
  constructor(
    readonly command: string,
    readonly desc: string,
  ) {
    super(`QEMU refused ${command}: ${desc}`);
    this.name = 'QmpError';
  }
}

interface QmpMessage {
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  data?: Record<string, unknown>;
}

interface Waiting {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class Qmp {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: string, data: Record<string, unknown>) => void>();
  #nextId = 1;

  private constructor(private readonly socket: Socket) {
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#receive(JSON.parse(line) as QmpMessage));
    // A QEMU that is killed with a command unread resets the connection, and both tell so; what counts is that it closes.
    for (const end of [socket, lines]) end.on('error', () => {});
    socket.on('close', () => {
      for (const { command, reject } of this.#waiting.values()) reject(new QmpError(command, 'QEMU ended'));
      this.#waiting.clear();
    });
  }

  /** Connects to a QEMU that is about to listen, and leaves negotiation mode. */
  static async connect(socketPath: string, signal: AbortSignal): Promise<Qmp> {
    const qmp = new Qmp(await connectPatiently(socketPath, signal));
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** @throws QmpError */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { command, resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** The next event that a predicate takes. */
  nextEvent(wanted: (event: string, data: Record<string, unknown>) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const listener = (event: string, data: Record<string, unknown>): void => {
        if (!wanted(event, data)) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(message: QmpMessage): void {
    if (message.event !== undefined) {
      for (const listener of [...this.#listeners]) listener(message.event, message.data ?? {});
      return;
    }
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id!);
    if (message.error) waiting.reject(new QmpError(waiting.command, message.error.desc));
    else waiting.resolve(message.return);
  }
}

/** Connects to a unix socket that its server has yet to make. Rejects with the signal's reason. */
export async function connectPatiently(socketPath: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    signal.throwIfAborted();
    const socket = connect(socketPath);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (connected) return socket;
    await delay(10);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DiskSetup, FromDisk, ToDisk } from '../disk/recording/messages.js';
import type { RunSpace } from '../state/run-space.js';

type Of<T extends FromDisk['type']> = Extract<FromDisk, { type: T }>;

/** The command's end of the recorded disk's process. */
export class DiskClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<FromDisk['type'], ((message: FromDisk) => void)[]>();
  readonly #failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #said = '';
  readonly #givers = new Map<number, (answer: 'ok' | 'cut') => void>();
  #lastToken = 0;

  private constructor(
    space: RunSpace,
    setup: DiskSetup,
    private readonly onMessage: (message: FromDisk) => void,
  ) {
    space.note({ kind: 'process', what: 'disk' });
    if (setup.stdoutFolder) space.note({ kind: 'mount', what: setup.stdoutFolder });
    const program = fileURLToPath(new URL('../disk/recording/disk-process.js', import.meta.url));
    this.#child = spawn(process.execPath, [program], {
      env: { ...process.env, ...space.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C is for the command, which then ends the recording in order.
      detached: true,
    });
    this.#child.stderr!.on('data', (data: Buffer) => {
      this.#said += data.toString();
    });
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
      this.#child.once('exit', (code, signal) => {
        reject(new Error(`the disk process ended (${signal ?? code}): ${this.#said.trim()}`));
      });
    });
    this.#failed.catch(() => {});
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#receive(JSON.parse(line)));
    this.send(setup);
  }

  /** Starts the disk process; resolves when its sockets are there. */
  static async start(
    space: RunSpace,
    setup: DiskSetup,
    onMessage: (message: FromDisk) => void,
  ): Promise<DiskClient> {
    const client = new DiskClient(space, setup, onMessage);
    await client.next('ready');
    return client;
  }

  send(message: ToDisk | DiskSetup): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The next message of a type. Rejects when the disk process ends or reports a fault of its own. */
  next<T extends FromDisk['type']>(type: T): Promise<Of<T>> {
    const message = new Promise<Of<T>>((resolve) => {
      const list = this.#waiting.get(type) ?? [];
      list.push(resolve as (message: FromDisk) => void);
      this.#waiting.set(type, list);
    });
    return Promise.race([message, this.#failed]);
  }

  /** Hands over an ack that was given where the disk process cannot hear it; resolves when its giver may go on. */
  giveAck(text: string, source: 'socket' | 'stdout'): Promise<'ok' | 'cut'> {
    const token = ++this.#lastToken;
    const given = new Promise<'ok' | 'cut'>((resolve) => this.#givers.set(token, resolve));
    this.send({ type: 'give-ack', token, text, source });
    return Promise.race([given, this.#failed]);
  }

  /** Nobody prints any more; resolves when a last line without newline has counted. */
  async endStdout(): Promise<void> {
    const ended = this.next('stdout-ended');
    this.send({ type: 'end-stdout' });
    await ended;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await exit;
    clearTimeout(timer);
  }

  #receive(message: FromDisk): void {
    try {
      this.onMessage(message);
    } catch (error) {
      this.#fail(error as Error);
    }
    if (message.type === 'fault') this.#fail(new Error(`the disk process failed: ${message.message}`));
    if (message.type === 'ack-given') {
      this.#givers.get(message.token)?.(message.answer);
      this.#givers.delete(message.token);
    }
    const list = this.#waiting.get(message.type);
    this.#waiting.delete(message.type);
    for (const resolve of list ?? []) resolve(message);
  }
}

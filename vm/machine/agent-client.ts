/**
 * The host's end of the guest's agent (vm/guest/agent/wire.py has the messages).
 *
 * A call has a time limit, because a guest can hang (a busy machine makes none late); who waits in vain hears what the
 * guest's console said last.
 */

import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { whenOver } from '../../harness/server/unhurried.js';
import { GuestLostError } from './guest-lost.js';

/** A call that the agent refused. `code` is the system call's error, such as `EBUSY`, where there was one. */
export class GuestError extends Error {
  constructor(
    readonly call: string,
    readonly code: string | null,
    message: string,
  ) {
    super(`${call} in the guest: ${message}`);
    this.name = 'GuestError';
  }
}

/** What the agent says without being asked. */
export type AgentEvent =
  /** It listens. */
  | { event: 'ready' }
  /** An ack by the guest's ack socket; its giver waits for `answer_ack`. */
  | { event: 'ack'; token: number; text: string }
  /** Bytes on a standard output whose writer waits for `answer_ack`. Base64. */
  | { event: 'printed'; token: number; data: string }
  /** Bytes on a standard output that waits for nobody. Base64. */
  | { event: 'output'; data: string };

/** How a program in the guest ended. Output is base64, its beginning only. */
export interface GuestProgramEnd {
  exit_code: number | null;
  signal: string | null;
  timed_out: boolean;
  stdout: string;
  stderr: string;
}

interface Reply {
  id?: number;
  ok?: unknown;
  error?: { code: string | null; message: string };
  event?: string;
}

/** Answering takes this much longer than what was asked for may take. */
export const defaultCallMs = 60_000;

export class AgentClient {
  readonly #waiting = new Map<number, { call: string; settle: (reply: Reply | Error) => void }>();
  #nextId = 1;
  /** Why no call can be answered any more. */
  #gone: Error | null = null;
  onEvent: (event: AgentEvent) => void = () => {};

  /**
   * @param lost rejects when the guest is gone; what waits then rejects with it
   * @param inWords makes a sentence of what happened, with what the console said
   */
  constructor(
    private readonly socket: Duplex,
    lost: Promise<never>,
    private readonly inWords: (what: string) => string,
  ) {
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#receive(line));
    // A guest that is killed with a call unread resets the connection, and both tell so; `lost` tells why.
    for (const end of [socket, lines]) end.on('error', () => {});
    lost.catch((error: Error) => {
      this.#gone = error;
      for (const { settle } of this.#waiting.values()) settle(error);
      this.#waiting.clear();
    });
  }

  /**
   * @param options `canBeMissed`: no answer in time says nothing, as long as the agent is not there yet; else the guest
   *   hangs, and counts as gone from then on
   * @throws GuestError when the agent refuses; GuestLostError when the guest is gone or takes too long
   */
  call<T>(
    name: string,
    args: Record<string, unknown> = {},
    options: { timeoutMs?: number; canBeMissed?: boolean } = {},
  ): Promise<T> {
    const { timeoutMs = defaultCallMs, canBeMissed = false } = options;
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const endLimit = whenOver(timeoutMs, () => {
        this.#waiting.delete(id);
        const what = `the guest did not answer ${name} within ${timeoutMs / 1000} s`;
        const late = new GuestLostError(this.inWords(what));
        if (!canBeMissed) this.#gone ??= late;
        reject(late);
      });
      this.#waiting.set(id, {
        call: name,
        settle(reply) {
          endLimit();
          if (reply instanceof Error) reject(reply);
          else if (reply.error) reject(new GuestError(name, reply.error.code, reply.error.message));
          else resolve(reply.ok as T);
        },
      });
      this.socket.write(`${JSON.stringify({ id, call: name, ...args })}\n`);
    });
  }

  /** No call is answered any more. */
  get isGone(): boolean {
    return this.#gone !== null;
  }

  /** Runs a program to its end. */
  run(
    argv: readonly string[],
    options: { folder?: string; env?: Record<string, string>; input?: string; timeoutMs?: number } = {},
  ): Promise<GuestProgramEnd> {
    const { timeoutMs = defaultCallMs, ...rest } = options;
    return this.call(
      'run',
      { argv, ...rest, timeout_s: timeoutMs / 1000 },
      { timeoutMs: timeoutMs + defaultCallMs },
    );
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(line: string): void {
    let reply: Reply;
    try {
      reply = JSON.parse(line) as Reply;
    } catch {
      // The rest of a line that was meant for whoever was connected before.
      return;
    }
    if (reply.event !== undefined) {
      this.onEvent(reply as AgentEvent);
      return;
    }
    const waiting = reply.id === undefined ? undefined : this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id!);
    waiting.settle(reply);
  }
}

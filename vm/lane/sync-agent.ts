/** The guest's agent, called without an event loop. While it works, somebody else's descriptors are served. */

import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { waitAnyReadable } from '../../harness/attach/libc.js';
import { connectUnix } from '../../harness/attach/unix-socket.js';
import { UnhurriedLimit } from '../../harness/server/unhurried.js';
import { GuestError } from '../machine/agent-client.js';
import { GuestLostError } from '../machine/guest-lost.js';
import { writeAll } from './sync-nbd.js';

/** What has to go on while the agent works: it may wait for just that. */
export interface Meanwhile {
  readonly descriptors: number[];
  serve(fd: number): void;
}

interface Reply {
  id?: number;
  ok?: unknown;
  error?: { code: string | null; message: string };
}

/** A system call's error in the guest, in the form of Node's own: `errno` makes it one. */
export class GuestSystemError extends GuestError {
  readonly errno: number | undefined;

  constructor(call: string, code: string | null, message: string) {
    super(call, code, message);
    const numbers: Record<string, number> = constants.errno;
    // EUCLEAN, with which file systems answer, is unknown to Node.
    this.errno = code === 'EUCLEAN' ? 117 : code === null ? undefined : numbers[code];
  }
}

const defaultLimitMs = 60_000;

export class SyncAgent {
  readonly #fd: number;
  readonly #chunk = Buffer.allocUnsafe(64 * 1024);
  #rest: Buffer[] = [];
  #lastId = 0;

  constructor(
    socketPath: string,
    private readonly meanwhile: Meanwhile,
  ) {
    this.#fd = connectUnix(socketPath);
    // Skips what was said to whoever was connected before.
    this.call('hello');
  }

  /** @throws GuestSystemError when the agent refuses; GuestLostError when it is gone or takes too long */
  call<T>(name: string, args: Record<string, unknown> = {}, limitMs = defaultLimitMs): T {
    // Ids of whoever was connected before count up from 1.
    const id = 1_000_000 + ++this.#lastId;
    writeAll(this.#fd, Buffer.from(`${JSON.stringify({ id, call: name, ...args })}\n`));
    const limit = new UnhurriedLimit(limitMs);
    for (;;) {
      const reply = this.#nextReply(name, limit);
      if (reply?.id !== id) continue;
      if (reply.error) throw new GuestSystemError(name, reply.error.code, reply.error.message);
      return reply.ok as T;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** One line from the agent; null for one that is no reply. */
  #nextReply(name: string, limit: UnhurriedLimit): Reply | null {
    for (;;) {
      const ready = waitAnyReadable([this.#fd, ...this.meanwhile.descriptors], limit.nextLookMs);
      // Also of a kernel that reads without end.
      if (!ready.includes(this.#fd) && limit.isOver)
        throw new GuestLostError(`the guest did not answer ${name} in time`);
      for (const fd of ready) if (fd !== this.#fd) this.meanwhile.serve(fd);
      if (!ready.includes(this.#fd)) continue;
      const line = this.#readLine(name);
      if (line === null) continue;
      try {
        return JSON.parse(line) as Reply;
      } catch {
        return null;
      }
    }
  }

  /** The agent says one line a call, so what is read never goes beyond one. */
  #readLine(name: string): string | null {
    const lengthBytes = readSync(this.#fd, this.#chunk, 0, this.#chunk.length, null);
    if (lengthBytes === 0) throw new GuestLostError(`the guest hung up during ${name}`);
    const part = Buffer.from(this.#chunk.subarray(0, lengthBytes));
    const newline = part.lastIndexOf(10);
    if (newline < 0) {
      this.#rest.push(part);
      return null;
    }
    const text = Buffer.concat([...this.#rest, part.subarray(0, newline)]).toString();
    this.#rest = newline + 1 < part.length ? [part.subarray(newline + 1)] : [];
    return text.slice(text.lastIndexOf('\n') + 1);
  }
}

/** epoll(7) and eventfd(2): waiting for many descriptors at once, with or without an event loop. */
import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  create: libc.func('int epoll_create1(int flags)'),
  control: libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)'),
  wait: libc.func('int epoll_wait(int epoll, void *events, int count, int timeout)'),
  eventfd: libc.func('int eventfd(unsigned int value, int flags)'),
};
const waitAside = promisify(calls.wait.async) as (
  epoll: number,
  events: Buffer,
  count: number,
  timeoutMs: number,
) => Promise<number>;

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const operation = { add: 1, remove: 2 } as const;
const readable = 1;
const edgeTriggered = 2 ** 31;
/** struct epoll_event is packed on x86-64 alone: u32 events, u64 data. */
const eventBytes = process.arch === 'x64' ? 12 : 16;
const dataAt = eventBytes - 8;
const eventsAtOnce = 16;

/** An eventfd(2): a counter that can be waited for. */
export function eventCounter(): number {
  const fd: number = calls.eventfd(0, closeOnExec | nonBlocking);
  if (fd < 0) throw new SystemCallError('eventfd', '', koffi.errno());
  return fd;
}

const one = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

/** Adds one to an eventfd, or writes eight bytes to what stands for one. Must not block (`setNonBlocking`). */
export function raise(fd: number): void {
  try {
    writeSync(fd, one);
  } catch {
    // One that is full has been told already, and one that takes nothing has nobody listening.
  }
}

/** Descriptors, and what to do when one can be read or its other end is closed. */
export class EventPoll {
  readonly #fd: number;
  readonly #events = Buffer.alloc(eventBytes * eventsAtOnce);
  readonly #tokens = new Map<number, number>();
  readonly #handlers = new Map<number, () => void>();
  #lastToken = 0;
  #closed = false;
  #wake: number | null = null;

  constructor() {
    this.#fd = calls.create(closeOnExec);
    if (this.#fd < 0) throw new SystemCallError('epoll_create1', '', koffi.errno());
  }

  /**
   * @param options.edge told once when something comes, not as long as it is there: an eventfd need not be read then
   */
  add(fd: number, ready: () => void, options: { edge?: boolean } = {}): void {
    // Not the descriptor's number: an event that waits must not be taken for one of its successor's.
    const token = ++this.#lastToken;
    const event = Buffer.alloc(eventBytes);
    event.writeUInt32LE(options.edge ? readable + edgeTriggered : readable, 0);
    event.writeUInt32LE(token, dataAt);
    this.#control(operation.add, fd, event);
    this.#tokens.set(fd, token);
    this.#handlers.set(token, ready);
  }

  /** To be called before the descriptor is closed. */
  remove(fd: number): void {
    const token = this.#tokens.get(fd);
    if (token === undefined) return;
    this.#tokens.delete(fd);
    this.#handlers.delete(token);
    this.#control(operation.remove, fd, null);
  }

  /** Waits until something is ready and handles it, without an event loop. False when `timeoutMs` passed first. */
  turn(timeoutMs: number): boolean {
    const deadline = timeoutMs < 0 ? 0 : performance.now() + timeoutMs;
    for (;;) {
      const left = timeoutMs < 0 ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
      const count: number = calls.wait(this.#fd, this.#events, eventsAtOnce, left);
      if (count > 0) this.#handle(this.#events, count);
      if (count >= 0) return count > 0;
      if (koffi.errno() !== constants.errno.EINTR) throw new SystemCallError('epoll_wait', '', koffi.errno());
    }
  }

  /** Handles what becomes ready from the event loop, until closed. What a handler throws goes to `onFault`. */
  async run(onFault: (fault: unknown) => void): Promise<void> {
    const wake = eventCounter();
    this.#wake = wake;
    this.add(wake, () => {});
    // The thread that waits would keep the process from ending.
    const release = (): void => raise(wake);
    process.once('exit', release);
    const events = Buffer.alloc(this.#events.length);
    while (!this.#closed) {
      const count = await waitAside(this.#fd, events, eventsAtOnce, -1);
      try {
        if (!this.#closed && count > 0) this.#handle(events, count);
      } catch (fault) {
        onFault(fault);
      }
    }
    process.off('exit', release);
    closeSync(wake);
    closeSync(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#wake === null) closeSync(this.#fd);
    else raise(this.#wake);
  }

  #handle(events: Buffer, count: number): void {
    for (let nth = 0; nth < count; nth++) {
      // Whoever was removed by a handler before is asked no more.
      this.#handlers.get(events.readUInt32LE(nth * eventBytes + dataAt))?.();
    }
  }

  #control(what: number, fd: number, event: Buffer | null): void {
    if (calls.control(this.#fd, what, fd, event) < 0)
      throw new SystemCallError('epoll_ctl', `${fd}`, koffi.errno());
  }
}

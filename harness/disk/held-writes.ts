import type { RequestTraits } from './request-traits.js';

/** Payloads held at most; with more the client has to wait before it is heard again. */
const maxHeldBytes = 8 * 1024 * 1024;

/**
 * Writes of a slow disk: each reaches the device only `delayMs` after it came, in the order they came. What comes
 * meanwhile overtakes them: a flush promises nothing for a write that was not answered yet.
 *
 * Why a disk should be slow at all: on one that answers at once a file system's write-back is over before anything
 * else happens, and an order that every real disk shows now and then never comes up.
 */
export class HeldWrites<R> {
  #held: { request: R; due: number }[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param delayMs milliseconds from a write's coming to its reaching the device; asked anew for each batch
   * @param run carries out a write and answers it
   */
  constructor(
    private readonly delayMs: () => number,
    private readonly traits: RequestTraits<R>,
    private readonly run: (requests: readonly R[]) => void,
  ) {}

  /** Whether no more requests should be read until some writes are done. */
  get isFull(): boolean {
    return this.#bytes > maxHeldBytes;
  }

  /** Keeps the writes of a batch and gives back the requests that are to run now. */
  hold(requests: R[]): R[] {
    const delay = this.delayMs();
    if (delay === 0 && this.#held.length === 0) return requests;
    const due = performance.now() + delay;
    const others: R[] = [];
    for (const request of requests) {
      if (!this.traits.isWrite(request)) {
        others.push(request);
        continue;
      }
      this.#held.push({ request: this.traits.kept(request), due });
      this.#bytes += this.traits.bytes(request);
    }
    this.#await();
    return others;
  }

  /** Carries out all that is held, at once. */
  release(): void {
    this.#runUntil(Number.POSITIVE_INFINITY);
  }

  /** Forgets all that is held: its client is gone, and never got an answer. */
  drop(): void {
    this.#held = [];
    this.#bytes = 0;
    this.#await();
  }

  #runUntil(now: number): void {
    let count = 0;
    while (count < this.#held.length && this.#held[count]!.due <= now) count++;
    const done = this.#held.splice(0, count).map(({ request }) => request);
    for (const request of done) this.#bytes -= this.traits.bytes(request);
    if (done.length > 0) this.run(done);
    this.#await();
  }

  #await(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const [next] = this.#held;
    this.#timer = next
      ? setTimeout(() => this.#runUntil(performance.now()), Math.max(0, next.due - performance.now()))
      : null;
  }
}

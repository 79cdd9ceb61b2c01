/** So long what is taken may wait: nobody reads faster, and each message to another thread costs both of them. */
const waitMs = 50;

/** Passes on the latest of what it takes, at most twenty times a second; the last one in any case. */
export class Latest<T extends object> {
  #waiting: T | null = null;
  #timer: NodeJS.Timeout | null = null;
  #passedOnMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly give: (latest: T) => void) {}

  take(latest: T): void {
    this.#waiting = latest;
    const leftMs = this.#passedOnMs + waitMs - performance.now();
    if (leftMs <= 0) this.passOn();
    else this.#timer ??= setTimeout(() => this.passOn(), leftMs).unref();
  }

  /** Whatever is said next comes after it. */
  passOn(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting === null) return;
    const latest = this.#waiting;
    this.#waiting = null;
    this.#passedOnMs = performance.now();
    this.give(latest);
  }
}

/** How long the parts of a run took, in milliseconds by name; parts of one name are added up. */
export class Stopwatch {
  readonly #spent = new Map<string, number>();

  async time<T>(part: string, action: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const value = await action();
    this.#spent.set(part, Math.round((this.#spent.get(part) ?? 0) + performance.now() - started));
    return value;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#spent);
  }
}

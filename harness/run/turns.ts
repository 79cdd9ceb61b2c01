/** What is to be done by one at a time, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#last.then(action);
    // Whoever comes next does not care how it went.
    this.#last = done.catch(() => {});
    return done;
  }
}

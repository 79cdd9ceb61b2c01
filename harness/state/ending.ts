const pauseMs = 50;

/**
 * Ends something again and again until it is gone. Once is not enough: what is to be ended may just be about to become
 * another program, such as strace(1) before it is the command that it traces, and be spared.
 */
export class Ending {
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly end: () => void) {}

  readonly begin = (): void => {
    this.end();
    this.#timer ??= setInterval(this.end, pauseMs);
  };

  /** It is gone. */
  over(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}

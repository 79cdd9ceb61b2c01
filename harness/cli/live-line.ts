import type { WriteStream } from 'node:tty';

/** One line of a terminal that is written over and over. */
export class LiveLine {
  readonly isLive: boolean;
  #isOpen = false;

  constructor(private readonly stream: WriteStream) {
    this.isLive = stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  rewrite(line: string): void {
    const width = (this.stream.columns ?? 80) - 1;
    this.stream.write(
      `\r\u001b[2K${line.length > width && !line.includes('\u001b') ? line.slice(0, width) : line}`,
    );
    this.#isOpen = true;
  }

  clear(): void {
    if (this.#isOpen) this.stream.write('\r\u001b[2K');
    this.#isOpen = false;
  }
}

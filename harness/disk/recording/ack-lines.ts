/** Finds acks in a stream of printed bytes. A line counts when its newline arrives, the last one at the end without. */
export class AckLines {
  readonly #pattern: RegExp;
  #rest = '';
  readonly #decoder = new TextDecoder();

  constructor(pattern: string) {
    this.#pattern = new RegExp(pattern);
  }

  /** The acks completed by these bytes: the pattern's first group, or all that matched. */
  push(data: Uint8Array): string[] {
    const text = this.#decoder.decode(data, { stream: true });
    this.#rest += text;
    // Very much output without a newline is not looked through again with each piece.
    if (!text.includes('\n')) return [];
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#match(line));
  }

  /** Nothing more comes: the ack in what was printed behind the last newline. */
  end(): string[] {
    const last = this.#rest + this.#decoder.decode();
    this.#rest = '';
    return last === '' ? [] : this.#match(last);
  }

  #match(line: string): string[] {
    const match = this.#pattern.exec(line.replace(/\r$/, ''));
    return match ? [match[1] ?? match[0]] : [];
  }
}

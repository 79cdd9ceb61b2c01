import { SaidLines, type SaidPatterns } from '../../trace/said.js';

/** Finds what is said in a stream of printed bytes. A line counts when its newline arrives, the last one at the end without. */
export class AckLines {
  readonly #lines: SaidLines;
  #rest = '';
  readonly #decoder = new TextDecoder();

  constructor(patterns: SaidPatterns) {
    this.#lines = new SaidLines(patterns);
  }

  /** The acks and beginnings completed by these bytes, as they are given on. */
  push(data: Uint8Array): string[] {
    const text = this.#decoder.decode(data, { stream: true });
    this.#rest += text;
    // Very much output without a newline is not looked through again with each piece.
    if (!text.includes('\n')) return [];
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#match(line));
  }

  /** Nothing more comes: what is said behind the last newline. */
  end(): string[] {
    const last = this.#rest + this.#decoder.decode();
    this.#rest = '';
    return last === '' ? [] : this.#match(last);
  }

  #match(line: string): string[] {
    const said = this.#lines.said(line);
    return said === null ? [] : [said];
  }
}

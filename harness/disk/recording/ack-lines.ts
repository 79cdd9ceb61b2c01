import { OpenLine, SaidLines, type SaidPatterns } from '../../trace/said.js';

const newline = 0x0a;

/** Finds what is said in a stream of printed bytes. A line counts when its newline arrives, the last one at the end without. */
export class AckLines {
  readonly #lines: SaidLines;
  readonly #open = new OpenLine();

  constructor(patterns: SaidPatterns) {
    this.#lines = new SaidLines(patterns);
  }

  /** The acks and beginnings completed by these bytes, as they are given on. */
  push(data: Uint8Array): string[] {
    const found: string[] = [];
    let from = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, from)) {
      this.#open.push(data.subarray(from, end));
      found.push(...this.#match());
      from = end + 1;
    }
    // A copy: the rest of what was printed need not stay for it.
    this.#open.push(data.slice(from));
    return found;
  }

  /** Nothing more comes: what is said behind the last newline. */
  end(): string[] {
    return this.#open.isEmpty ? [] : this.#match();
  }

  #match(): string[] {
    const said = this.#lines.saidIn(this.#open.take());
    return said === null ? [] : [said];
  }
}

import { OpenLine, SaidLines, type SaidPatterns } from '../trace/said.js';

const newline = 0x0a;

/** Whether a workload printed lines that are longer than is read of them, in which something may have been said. */
export class LongLines {
  readonly #lines: SaidLines;
  readonly #open = new OpenLine();

  constructor(patterns: SaidPatterns) {
    this.#lines = new SaidLines(patterns);
  }

  /** Lines that begin and end in one piece of output are not long. */
  push(data: Uint8Array): void {
    const first = data.indexOf(newline);
    if (first >= 0) {
      this.#open.push(data.subarray(0, first));
      this.#end();
    }
    this.#open.push(data.slice(first < 0 ? 0 : data.lastIndexOf(newline) + 1));
  }

  /** Nothing more comes. Why something said may not have been read; null when all was. */
  doubt(): string | null {
    this.#end();
    return this.#lines.doubt;
  }

  #end(): void {
    const line = this.#open.take();
    if (line.isCut) this.#lines.saidIn(line);
  }
}

/**
 * What a program says of its work, at the ack socket or in lines on standard output: that something is safe (an ack), or
 * that it begins something whose ack is to have the same text. Both take the same way to whoever stamps them: a beginning
 * is a text that starts with `\0begin `, as nothing does that somebody means.
 */
import type { Scenario } from '../scenario/schema/scenario.js';

const beginMark = '\0begin ';

/** How a beginning is said where an ack would be its text alone. */
export function saidBeginning(text: string): string {
  return beginMark + text;
}

/** What was said to begin; null of an ack. */
export function begunText(said: string): string | null {
  return said.startsWith(beginMark) ? said.slice(beginMark.length) : null;
}

/** The regular expressions for standard output. */
export interface SaidPatterns {
  ack: string;
  begin?: string | undefined;
}

/** null where standard output says nothing. */
export function saidPatterns({ ack: { stdout, begin } }: Pick<Scenario, 'ack'>): SaidPatterns | null {
  return stdout === undefined ? null : { ack: stdout, begin };
}

/** Of a line no more is read than this, so that a program's output does not fill the memory. Bytes. */
export const longestLineBytes = 1024 * 1024;

/** A line on its way, in parts, of which no more is kept than is read. */
export class OpenLine {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #isCut = false;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const room = longestLineBytes - this.#bytes;
    if (bytes.length > room) this.#isCut = true;
    if (room === 0) return;
    const part = bytes.subarray(0, room);
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** What was kept of it; `isCut`: there was more. The next line begins. */
  take(): { text: string; isCut: boolean } {
    const taken = { text: Buffer.concat(this.#parts).toString('utf8'), isCut: this.#isCut };
    this.#parts = [];
    this.#bytes = 0;
    this.#isCut = false;
    return taken;
  }
}

/** Reads lines of standard output, without their line ends. */
export class SaidLines {
  readonly #ack: RegExp;
  readonly #begin: RegExp | null;
  readonly #beginnings: readonly (string | null)[];
  #unread = 0;

  constructor({ ack, begin }: SaidPatterns) {
    this.#ack = new RegExp(ack);
    this.#begin = begin === undefined ? null : new RegExp(begin);
    this.#beginnings = [ack, ...(begin === undefined ? [] : [begin])].map(beginningOf);
  }

  /** What an `OpenLine` took says. */
  saidIn({ text, isCut }: { text: string; isCut: boolean }): string | null {
    const said = this.said(text);
    if (isCut && said === null && this.#beginnings.some((each) => each === null || text.startsWith(each)))
      this.#unread++;
    return said;
  }

  /** Why something said may not have been read; null when all was. */
  get doubt(): string | null {
    if (this.#unread === 0) return null;
    const lines =
      this.#unread === 1 ? 'a line of standard output is' : `${this.#unread} lines of standard output are`;
    return (
      `${lines} longer than ${longestLineBytes / 1024 / 1024} MiB and was read that far: whether it was an ack is not known; ` +
      'print shorter lines, or let ack.stdout begin with ^ and the words that acks begin with'
    );
  }

  /** What a line says: the pattern's first group, or all that matched. A line that could be both is an ack. */
  said(line: string): string | null {
    const text = line.replace(/\r$/, '');
    const ack = this.#ack.exec(text);
    if (ack) return ack[1] ?? ack[0];
    const begin = this.#begin?.exec(text);
    return begin ? saidBeginning(begin[1] ?? begin[0]) : null;
  }
}

/** The words that every match stands behind, at the beginning of its line; null where the pattern does not tell. */
function beginningOf(pattern: string): string | null {
  const words = /^\^([\w :=-]+)(?![?*{|+])/.exec(pattern)?.[1];
  return words === undefined || pattern.includes('|') ? null : words;
}

/** What had begun and was not acknowledged, each as often as it is under way, in the order of its beginning. */
export function underWay(begun: readonly string[], acks: readonly string[]): string[] {
  const answered = new Map<string, number>();
  for (const text of acks) answered.set(text, (answered.get(text) ?? 0) + 1);
  return begun.filter((text) => {
    const left = answered.get(text) ?? 0;
    if (left > 0) answered.set(text, left - 1);
    return left === 0;
  });
}

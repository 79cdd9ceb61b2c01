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

/** Reads lines of standard output, without their line ends. */
export class SaidLines {
  readonly #ack: RegExp;
  readonly #begin: RegExp | null;

  constructor({ ack, begin }: SaidPatterns) {
    this.#ack = new RegExp(ack);
    this.#begin = begin === undefined ? null : new RegExp(begin);
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

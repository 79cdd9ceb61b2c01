/** Which sizes a crash may leave a file with. */
import type { Content } from '../content.js';
import type { SizeEffect } from '../effect.js';

/** From one size to another, both among them. */
export type SizeRange = readonly [from: number, to: number];

export function initialSizes(initial: Content | null): readonly SizeRange[] {
  const size = initial?.size ?? 0;
  return [[size, size]];
}

export function sizesAfter(
  before: readonly SizeRange[],
  { from, to }: SizeEffect,
  isDurable: boolean,
): readonly SizeRange[] {
  // A write that grows a file may be torn at any byte of it.
  if (!isDurable) return [...before, to > from ? [from, to] : [to, to]];
  // A write behind the end makes the file no shorter: where an earlier truncation did not survive, it is longer.
  return to > from ? [[to, to], ...before.filter(([, high]) => high > to)] : [[to, to]];
}

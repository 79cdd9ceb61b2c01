import type { Call } from '../syscalls/call.js';
import type { Inode } from './inode.js';
import type { StoreSpan } from './store-span.js';

/** Pages are mapped and made durable whole. */
export const pageBytes = 4096;

/** A shared mapping of a file in one process. */
export interface Mapping {
  address: number;
  length: number;
  readonly inode: Inode;
  /** Where in the file it begins, in bytes. */
  readonly offset: number;
  readonly mayWrite: boolean;
  /** null until it is writable. */
  span: StoreSpan | null;
}

export function overlaps(mapping: Mapping, address: number, length: number): boolean {
  return address < mapping.address + wholePages(mapping.length) && address + length > mapping.address;
}

/** A child has its parent's mappings, too (fork(2)). */
export function mappingsOfChild(mappings: readonly Mapping[]): Mapping[] {
  return mappings.map((mapping) => {
    if (mapping.span) mapping.span.holders++;
    return { ...mapping };
  });
}

/** Stores through it are possible from here on. */
export function makeWritable(mapping: Mapping, call: Call): void {
  if (mapping.span) return;
  const { offset: from, length, inode } = mapping;
  const to = from + wholePages(length);
  const span = { from, to, since: call.enter, until: Number.POSITIVE_INFINITY, call, holders: 1 };
  mapping.span = span;
  inode.spans.push(span);
}

/** A process no longer has them. */
export function unmapped(mappings: readonly Mapping[], position: number): void {
  for (const { span } of mappings) if (span && --span.holders === 0) span.until = position;
}

/** Those that are left when a process unmaps a range; one that is unmapped in part is taken to be there still. */
export function withoutRange(
  mappings: readonly Mapping[],
  { address, length, position }: { address: number; length: number; position: number },
): Mapping[] {
  const isGone = (mapping: Mapping): boolean =>
    address <= mapping.address &&
    address + wholePages(length) >= mapping.address + wholePages(mapping.length);
  unmapped(mappings.filter(isGone), position);
  return mappings.filter((mapping) => !isGone(mapping));
}

/** mremap(2) makes it longer, and may move it. */
export function remap(mapping: Mapping, address: number, length: number): void {
  mapping.address = address;
  mapping.length = length;
  if (mapping.span) mapping.span.to = Math.max(mapping.span.to, mapping.offset + wholePages(length));
}

/** The bytes of the file that are behind a range of addresses. */
export function mappedBytes(mapping: Mapping, address: number, length: number): { from: number; to: number } {
  const from = Math.max(address, mapping.address) - mapping.address + mapping.offset;
  const to = Math.min(address + wholePages(length), mapping.address + wholePages(mapping.length));
  return { from: Math.floor(from / pageBytes) * pageBytes, to: to - mapping.address + mapping.offset };
}

function wholePages(length: number): number {
  return Math.ceil(length / pageBytes) * pageBytes;
}

/**
 * What was stored through shared mappings, as far as it can be told: stores are no system calls, but what a file was
 * seen to hold at some moments is known. Bytes that differ from what the calls explain were stored between two of them.
 */
import type { BytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { Content } from './content.js';
import { type Inode, pathOf } from './inode.js';
import { pageBytes } from './mapping.js';
import type { CallSighting } from './sighted-calls.js';
import type { StoreSpan } from './store-span.js';

/** What was seen of the directory while the program could not go on. */
export interface Sightings {
  /** At an ack, counted from 1: what a path held; null where that is not known. */
  atAck?: ((acks: number, path: BytePath) => Content | null) | undefined;
  /** The same before calls, each of which began its work only afterwards. */
  beforeCalls?: ReadonlyMap<Call, CallSighting> | undefined;
  /** The same after the last call. */
  atEnd: (path: BytePath) => Content | null;
}

/** Bytes of one file that were stored at `position` or before it, after everything else that happened before. */
export interface Store {
  readonly inode: number;
  readonly position: number;
  /** Not before this position. */
  readonly since: number;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly call: Call;
  /** Nothing may have made them durable between `since` and `position`. */
  readonly certain: boolean;
}

/** A call that may have made stores durable, in whatever part. */
export interface PossibleSync {
  /** null: of all files. */
  inode: Inode | null;
  enter: number;
  exit: number;
}

export const unseenStores =
  'it is mapped for writing, stores through mmap are no system calls, and what it held later was not seen: keep it until the end, or name it in promise.ignore';
export const momentUnknown =
  'it was stored to through a mapping, at a moment that is not known: store, sync and ack (on standard output) in one thread';

/** Finds the stores of a run while it is replayed; each sighting adds those since the one before. */
export class StoreFinder {
  readonly stores: Store[] = [];
  private readonly syncs: PossibleSync[] = [];
  private readonly seenUntil = new Map<Inode, number>();

  synced(sync: PossibleSync): void {
    this.syncs.push(sync);
  }

  /**
   * Compares; `inode.content` is what is seen afterwards. A file of another size was seen at another moment.
   *
   * @param until from `position` up to here nothing was stored
   */
  look(inode: Inode, seen: Content | null, position: number, until = position): void {
    if (!seen || seen.size !== inode.content.size) return;
    const last = this.seenUntil.get(inode) ?? Number.NEGATIVE_INFINITY;
    this.seenUntil.set(inode, until);
    const spans = inode.spans.filter(({ since, until }) => since < position && until > last);
    const [from, to] = [
      Math.min(...spans.map((span) => span.from)),
      Math.min(seen.size, Math.max(...spans.map((span) => span.to))),
    ];
    if (spans.length === 0 || from >= to) return;
    const before = inode.content.read(from, to);
    const after = seen.read(from, to);
    if (before.equals(after)) return;
    for (let at = 0; at < after.length; at++) {
      if (before[at] === after[at]) continue;
      const able = spansAt(spans, from + at);
      let end = at + 1;
      // A page is made durable whole, and may be without the next one.
      while (
        end < after.length &&
        (from + end) % pageBytes !== 0 &&
        before[end] !== after[end] &&
        sameSpans(able, spansAt(spans, from + end))
      )
        end++;
      if (able.length > 0)
        this.add(inode, able, { last, position, offset: from + at, bytes: after.subarray(at, end) });
      at = end - 1;
    }
  }

  /** What stays unknown of a file after the last sighting of it. */
  unresolved(inode: Inode): void {
    const last = this.seenUntil.get(inode) ?? Number.NEGATIVE_INFINITY;
    for (const { from, to, since, until } of inode.spans) {
      if (until <= last) continue;
      inode.storeDoubts.push({
        from,
        to,
        since: Math.max(since, last),
        until: Number.POSITIVE_INFINITY,
        reason: unseenStores,
      });
    }
  }

  private add(
    inode: Inode,
    spans: readonly StoreSpan[],
    seen: { last: number; position: number; offset: number; bytes: Buffer },
  ): void {
    const since = Math.max(seen.last, Math.min(...spans.map((span) => span.since)));
    const position = Math.min(seen.position, Math.max(...spans.map(({ until }) => until)));
    const certain = !this.syncs.some(
      (sync) => (sync.inode === null || sync.inode === inode) && sync.exit > since && sync.enter < position,
    );
    const { offset, bytes } = seen;
    inode.content.write(offset, bytes);
    this.stores.push({ inode: inode.id, position, since, offset, bytes, call: spans[0]!.call, certain });
  }
}

function spansAt(spans: readonly StoreSpan[], offset: number): StoreSpan[] {
  return spans.filter(({ from, to }) => from <= offset && offset < to);
}

function sameSpans(some: readonly StoreSpan[], others: readonly StoreSpan[]): boolean {
  return some.length === others.length && some.every((span, index) => span === others[index]);
}

/** Notes with each file between which positions its stores happened. */
export function noteStores(stores: readonly Store[], inodes: readonly Inode[]): void {
  const noted = new Set<string>();
  for (const { inode, since, position: until, offset, bytes } of stores) {
    const key = `${inode} ${since} ${until}`;
    const known = noted.has(key)
      ? inodes[inode]!.storeDoubts.find((doubt) => doubt.since === since && doubt.until === until)
      : undefined;
    noted.add(key);
    const to = offset + bytes.length;
    if (known) {
      known.from = Math.min(known.from, offset);
      known.to = Math.max(known.to, to);
    } else inodes[inode]!.storeDoubts.push({ from: offset, to, since, until, reason: momentUnknown });
  }
}

/** The path a file can be seen under now; null when it has none. */
export function seenPath(inode: Inode): BytePath | null {
  for (let current = inode; current.place; current = current.place.directory)
    if (current.place.directory.entries.get(current.place.name) !== current) return null;
  return inode.place ? pathOf(inode) : null;
}

/** Why it is not decided whether what was stored in these bytes is durable. */
export function storeReason({ from, to, reason }: { from: number; to: number; reason: string }): string {
  return `${reason} (bytes ${from} to ${to - 1})`;
}

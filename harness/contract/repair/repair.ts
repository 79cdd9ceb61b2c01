import { noSyncChanges, type SyncChanges } from '../../model/durability.js';
import type { History, SyncRequest } from '../../model/history.js';
import type { ProtocolRepair } from '../../verdict/protocol.js';
import type { UnkeptPromise } from '../breach/unkept-promise.js';
import type { Wording } from '../words/wording.js';
import { Additions } from './additions.js';

/** Judges the history as it would be with sync calls added or left out. */
export type Rejudge = (changes: SyncChanges) => UnkeptPromise[];

const largestSearch = 64;

/**
 * Finds a set of added sync calls that mends every breach a sync call can mend, none of which can be left out.
 * Calls at one place of the program (a loop) count as one. The result is judged again; `verified` says what came of it.
 */
export function searchRepair(
  history: History,
  breaches: readonly UnkeptPromise[],
  rejudge: Rejudge,
  wording: Wording,
  isOver: () => boolean = () => false,
): ProtocolRepair | null {
  if (isOver()) return null;
  const additions = new Additions(history, wording);
  let remaining: readonly UnkeptPromise[] = breaches;
  for (let round = 0; round < 8 && remaining.length > 0 && !isOver(); round++) {
    if (!additions.take(remaining)) break;
    remaining = rejudge({ ...noSyncChanges, added: additions.all() });
  }
  if (additions.size > 1 && additions.size <= largestSearch) {
    for (const place of additions.places()) {
      if (isOver()) break;
      const without = rejudge({ ...noSyncChanges, added: additions.allBut(place) });
      if (without.length <= remaining.length) additions.remove(place);
    }
  }
  return {
    additions: additions.words(),
    verified: remaining.length === 0,
    ...unrepaired(wording, remaining),
  };
}

/** What added sync calls do not mend, in words; absent when they mend all. */
export function unrepaired(
  wording: Wording,
  remaining: readonly UnkeptPromise[],
): Pick<ProtocolRepair, 'unrepaired'> {
  if (remaining.length === 0) return {};
  return { unrepaired: wording.findings(remaining).map(({ property }) => property) };
}

/**
 * Sync calls that could go, all of them together, without breaking any promise: not only those of the run, also that what
 * takes a name by rename is whole. Calls at one place of the program count as one.
 */
export function superfluousSyncs(
  history: History,
  wording: Wording,
  keepsAll: (changes: SyncChanges) => boolean,
): string[] {
  const places = new Map<string, { title: string; steps: number[] }>();
  for (const { index, sync, title, effects } of history.steps) {
    if (!sync || sync.errno !== null || effects.length > 0 || mayCoverStores(sync, history)) continue;
    const key = wording.withoutTurns(title);
    const place = places.get(key);
    if (place) place.steps.push(index);
    else places.set(key, { title, steps: [index] });
  }
  if (places.size > largestSearch) return [];
  const removed = new Set<number>();
  const found: string[] = [];
  for (const { title, steps } of places.values()) {
    if (!keepsAll({ added: [], removed: new Set([...removed, ...steps]) })) continue;
    for (const step of steps) removed.add(step);
    found.push(steps.length === 1 ? title : `${title} and ${steps.length - 1} more like it`);
  }
  return found;
}

/** Whether stores were possible that a sync call may have made durable: nobody knows all of them. */
function mayCoverStores({ inode }: SyncRequest, { inodes }: History): boolean {
  return inode ? inode.spans.length > 0 : inodes.some(({ spans }) => spans.length > 0);
}

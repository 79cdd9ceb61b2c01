import { type AddedSync, noSyncChanges, type SyncChanges } from '../model/durability.js';
import type { History } from '../model/history.js';
import type { ProtocolRepair } from '../verdict/protocol.js';
import type { Breach } from './breach.js';
import { type Wording, withoutNumbers } from './wording.js';

/** Judges the history as it would be with sync calls added or left out. */
export type Rejudge = (changes: SyncChanges) => Breach[];

const largestSearch = 64;

/**
 * Finds a set of added sync calls that mends every breach a sync call can mend, none of which can be left out.
 * Calls at one place of the program (a loop) count as one. The result is judged again; `verified` says what came of it.
 */
export function searchRepair(
  history: History,
  breaches: readonly Breach[],
  rejudge: Rejudge,
  wording: Wording,
): ProtocolRepair {
  const groups = new Map<string, { words: string; added: AddedSync[]; known: Set<string> }>();
  let remaining: readonly Breach[] = breaches;
  for (let round = 0; round < 8; round++) {
    let grown = false;
    for (const breach of remaining) {
      const remedy = wording.remedy(breach);
      if (!breach.missing || !remedy) continue;
      const added = { inode: breach.missing.inode, afterStep: lastStepBefore(history, breach) };
      const before = beforeWhat(history, breach);
      const key = withoutNumbers(`${remedy} ${before}`);
      let group = groups.get(key);
      if (!group) {
        group = { words: `${remedy} before ${before}`, added: [], known: new Set() };
        groups.set(key, group);
      }
      const place = `${added.inode.id} ${added.afterStep}`;
      if (group.known.has(place)) continue;
      group.known.add(place);
      group.added.push(added);
      grown = true;
    }
    if (!grown) break;
    remaining = rejudge({ ...noSyncChanges, added: all(groups.values()) });
    if (remaining.length === 0) break;
  }
  if (groups.size > 1 && groups.size <= largestSearch) {
    for (const key of [...groups.keys()]) {
      const without = [...groups].filter(([other]) => other !== key).map(([, group]) => group);
      if (rejudge({ ...noSyncChanges, added: all(without) }).length <= remaining.length) groups.delete(key);
    }
  }
  return { additions: [...groups.values()].map(({ words }) => words), verified: remaining.length === 0 };
}

/** The sync calls that breaches ask for, each at the last place where it still helps. */
export function addedSyncs(history: History, breaches: readonly Breach[]): AddedSync[] {
  return breaches.flatMap((breach) =>
    breach.missing ? [{ inode: breach.missing.inode, afterStep: lastStepBefore(history, breach) }] : [],
  );
}

/** The same in words. */
export function repairWords(history: History, breaches: readonly Breach[], wording: Wording): string[] {
  const words = breaches.flatMap((breach) => {
    const remedy = wording.remedy(breach);
    return remedy ? [`${remedy} before ${beforeWhat(history, breach)}`] : [];
  });
  return [...new Set(words)];
}

function beforeWhat(history: History, breach: Breach): string {
  return breach.beforeStep === null
    ? `ack '${breach.ack?.text ?? ''}'`
    : history.steps[breach.beforeStep]!.title;
}

/**
 * Sync calls that could go, all of them together, without breaking a promise that is kept now. Calls at one place of
 * the program count as one.
 */
export function superfluousSyncs(
  history: History,
  breaches: readonly Breach[],
  rejudge: Rejudge,
  wording: Wording,
): string[] {
  const places = new Map<string, { title: string; steps: number[] }>();
  for (const { index, sync, title, effects } of history.steps) {
    if (!sync || sync.errno !== null || effects.length > 0) continue;
    const key = withoutNumbers(title);
    const place = places.get(key);
    if (place) place.steps.push(index);
    else places.set(key, { title, steps: [index] });
  }
  if (places.size > largestSearch) return [];
  const known = new Set(breaches.map((breach) => wording.staticPlace(breach)));
  const removed = new Set<number>();
  const found: string[] = [];
  for (const { title, steps } of places.values()) {
    const wanted = new Set([...removed, ...steps]);
    const broken = rejudge({ added: [], removed: wanted });
    if (broken.some((breach) => !known.has(wording.staticPlace(breach)))) continue;
    for (const step of steps) removed.add(step);
    found.push(steps.length === 1 ? title : `${title} and ${steps.length - 1} more like it`);
  }
  return found;
}

/** The last step behind which a sync call would still come in time. */
function lastStepBefore(history: History, breach: Breach): number {
  if (breach.beforeStep !== null) return breach.beforeStep - 1;
  if (!breach.ack) return history.steps.length - 1;
  let last = breach.missing!.afterStep;
  for (let index = last; index < history.steps.length && history.steps[index]!.exit < breach.ack.at; index++)
    last = index;
  return last;
}

function all(groups: Iterable<{ added: AddedSync[] }>): AddedSync[] {
  return [...groups].flatMap(({ added }) => added);
}

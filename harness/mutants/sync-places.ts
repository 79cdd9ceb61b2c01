import { LoopTurns } from '../contract/sources/loop-turns.js';
import type { SourceLines } from '../contract/sources/source-lines.js';
import type { History, Step } from '../model/history.js';

/** A place in the program that makes sync calls: one line and what it syncs, all turns of a loop together. */
export interface SyncPlace {
  call: string;
  at: string | null;
  /** What the run made there, in order; at least one. */
  steps: readonly Step[];
}

/** A line that syncs more things than this is taken as one place. */
const mostThings = 6;

/**
 * The places of a run's sync calls that succeeded, in the order in which the run came by them. A line of a helper that
 * syncs a file and its directory, or of an interpreter that calls a library which does, is a place for each: of a line
 * that is noticed when it is gone, half may be missed by nobody.
 */
export function syncPlaces(history: History, sources: Pick<SourceLines, 'of'>): SyncPlace[] {
  const turns = new LoopTurns(history);
  const synced = history.steps.flatMap((step) => {
    if (!step.sync || step.sync.errno !== null) return [];
    return [{ step, at: sources.of(step.call), thing: turns.strip(step.title) }];
  });
  const things = new Map<string, Set<string>>();
  for (const { at, thing } of synced) {
    if (at !== null) things.set(at, (things.get(at) ?? new Set()).add(thing));
  }
  const places = new Map<string, { call: string; at: string | null; steps: Step[] }>();
  for (const { step, at, thing } of synced) {
    const whole = at !== null && isLine(at) && things.get(at)!.size > mostThings;
    const key = whole ? at : `${at} ${thing}`;
    const place = places.get(key);
    if (place) place.steps.push(step);
    else places.set(key, { call: step.title, at, steps: [step] });
  }
  return [...places.values()];
}

/** A symbol of a library is no line: many calls come from it. */
function isLine(at: string): boolean {
  return /:\d+$/.test(at);
}

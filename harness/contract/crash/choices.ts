import type { UnitSet } from './units.js';

/** Which units of a set survive. */
export type Choice = readonly boolean[];

/** How choices are picked when there are too many for all of them. */
export interface ChoiceOptions {
  /** All choices are visited when there are at most this many units. */
  exhaustiveUnits: number;
  /** Upper limit on choices visited otherwise. */
  limit: number;
  seed: number;
}

export interface Choices {
  choices: Choice[];
  /** Every choice that the constraints allow is among them. */
  exhaustive: boolean;
}

/**
 * Decisions about units in all choices together. A write of many MiB has tens of thousands of units: of such a set fewer
 * choices are tried, spread evenly, so that judging it takes no more time and memory than judging a shorter one.
 */
const mostDecisions = 4_000_000;
const fewest = 64;

/**
 * The choices a model allows: all of them for few units, else none, all, each prefix, each one missing, each one
 * only, pairs missing, and seeded random ones (ALICE's and CrashMonkey's orders). Each is made to fit the
 * constraints by dropping what cannot stand alone.
 */
export function crashChoices(set: UnitSet, options: ChoiceOptions): Choices {
  const count = set.units.length;
  const seen = new Set<string>();
  const choices: Choice[] = [];
  const limit = Math.min(options.limit, Math.max(fewest, Math.floor(mostDecisions / count)));
  const add = (wanted: boolean[]): boolean => {
    const choice = withoutUnsupported(set, wanted);
    const key = choice.map((present) => (present ? '1' : '0')).join('');
    if (!seen.has(key)) {
      seen.add(key);
      choices.push(choice);
    }
    return choices.length < limit;
  };
  if (count <= options.exhaustiveUnits) {
    for (let bits = 0; bits < 2 ** count; bits++) {
      if (!add(set.units.map((_, index) => ((bits >> index) & 1) === 1)))
        return { choices, exhaustive: false };
    }
    return { choices, exhaustive: true };
  }
  for (const wanted of families(set, options.seed, limit)) if (!add(wanted)) break;
  return { choices, exhaustive: false };
}

function* families(set: UnitSet, seed: number, limit: number): Generator<boolean[]> {
  const count = set.units.length;
  const all = (present: (index: number) => boolean): boolean[] => set.units.map((_, index) => present(index));
  yield all(() => false);
  yield all(() => true);
  const stride = Math.max(1, Math.ceil((3 * count) / limit));
  const spread = Array.from(
    { length: Math.ceil(count / stride) },
    (_, nth) => count - 1 - nth * stride,
  ).reverse();
  for (const missing of spread) yield all((index) => index !== missing);
  for (const only of spread) yield withSupport(set, only);
  for (const length of spread) yield all((index) => index < length);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) yield all((index) => index !== a && index !== b);
  }
  const random = mulberry32(seed);
  for (let drawn = 0; drawn < limit; drawn++) yield all(() => random() < 0.5);
}

/** Drops units whose requirements are not met, until nothing more falls. */
export function withoutUnsupported(set: UnitSet, wanted: readonly boolean[]): boolean[] {
  const choice = [...wanted];
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = 0; index < choice.length; index++) {
      if (choice[index] && set.requires[index]!.some((needed) => !choice[needed])) {
        choice[index] = false;
        changed = true;
      }
    }
  }
  return choice;
}

/** One unit with everything it needs, and nothing else. */
export function withSupport(set: UnitSet, unit: number): boolean[] {
  const choice = set.units.map(() => false);
  const waiting = [unit];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (choice[index]) continue;
    choice[index] = true;
    for (const needed of set.requires[index]!) waiting.push(needed);
  }
  return choice;
}

/** Mulberry32, a small generator with a 32-bit state: the same seed gives the same choices in every release. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

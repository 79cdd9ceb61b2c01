import { type Choice, mulberry32, withoutUnsupported, withSupport } from '../crash/choices.js';
import type { UnitSet } from '../crash/units.js';

/** All choices at a crash point are visited when it has at most this many undecided units. */
const exhaustiveUnits = 12;
/** Random draws in a row that bring nothing new before there is taken to be nothing more. */
const mostIdleDraws = 1000;

/**
 * The choices at one crash point in the order in which they are tried: first the least that a pass needs (nothing of
 * what is undecided there, all of it, each prefix, each single omission; by whole calls), then more. Each comes once,
 * made to fit the model's constraints by dropping what cannot stand alone.
 */
export class ChoiceOrder {
  private readonly seen = new Set<string>();
  private readonly least: Generator<Choice>;
  private readonly more: Generator<Choice>;
  /** The systematic part has been handed out. */
  systematic = false;
  /** Nothing is left to hand out. */
  finished = false;

  constructor(
    private readonly set: UnitSet,
    seed: number,
  ) {
    this.least = this.fitting(systematicChoices(set));
    this.more = this.fitting(this.isSmall ? allChoices(set) : sampledChoices(set, seed));
  }

  /** Every choice that the constraints allow has been handed out. */
  get exhausted(): boolean {
    return this.finished && this.isSmall;
  }

  /** Up to `count` further ones; of the systematic part alone unless told otherwise. */
  take(count: number, part: 'systematic' | 'all'): Choice[] {
    const taken: Choice[] = [];
    while (taken.length < count && !this.finished) {
      if (this.systematic && part === 'systematic') break;
      const { value, done } = (this.systematic ? this.more : this.least).next();
      if (!done) taken.push(value);
      else if (this.systematic) this.finished = true;
      else this.systematic = true;
    }
    return taken;
  }

  /** What was handed out last will not be looked at. */
  interrupt(part: 'systematic' | 'all'): void {
    if (part === 'systematic') this.systematic = false;
    this.finished = false;
  }

  private get isSmall(): boolean {
    return this.set.units.length <= exhaustiveUnits;
  }

  private *fitting(wanted: Iterable<boolean[]>): Generator<Choice> {
    let idle = 0;
    for (const each of wanted) {
      const choice = withoutUnsupported(this.set, each);
      const key = choice.map((present) => (present ? '1' : '0')).join('');
      if (this.seen.has(key)) {
        if (!this.isSmall && ++idle > mostIdleDraws) return;
        continue;
      }
      idle = 0;
      this.seen.add(key);
      yield choice;
    }
  }
}

function* systematicChoices({ units }: UnitSet): Generator<boolean[]> {
  const effects = [...new Set(units.map(({ effect }) => effect.id))];
  const keeping = (keeps: (effect: number) => boolean): boolean[] =>
    units.map(({ effect }) => keeps(effect.id));
  yield keeping(() => false);
  yield keeping(() => true);
  for (const omitted of effects) yield keeping((effect) => effect !== omitted);
  for (const end of effects.slice(1)) yield keeping((effect) => effect < end);
}

function* allChoices({ units }: UnitSet): Generator<boolean[]> {
  for (let bits = 0; bits < 2 ** units.length; bits++)
    yield units.map((_, index) => ((bits >> index) & 1) === 1);
}

/** Torn writes, each unit only, pairs missing, and seeded random ones (ALICE's and CrashMonkey's orders). */
function* sampledChoices(set: UnitSet, seed: number): Generator<boolean[]> {
  const count = set.units.length;
  const all = (present: (index: number) => boolean): boolean[] => set.units.map((_, index) => present(index));
  for (let missing = 0; missing < count; missing++) yield all((index) => index !== missing);
  for (let length = 1; length < count; length++) yield all((index) => index < length);
  for (let only = 0; only < count; only++) yield withSupport(set, only);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) yield all((index) => index !== a && index !== b);
  }
  const random = mulberry32(seed);
  for (;;) yield all(() => random() < 0.5);
}

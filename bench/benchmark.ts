/** What a benchmark is, and what it says. */
import type { Lab } from './lab.js';

/** One line of the table, one element of `results` in the JSON document. */
export interface BenchResult {
  name: string;
  value: number;
  unit: string;
  /** The same quantity for what `value` is compared with, in the same unit. */
  baseline: number;
  /** Speed against the baseline: 1 is as fast, 2 twice as fast, whatever the unit is. */
  ratio: number;
  /** The ratio to reach; null where there is none. */
  goal: number | null;
  /** What else was counted. States are decimal strings: they outgrow a double. */
  details: Record<string, number | string | boolean>;
}

export interface BenchContext {
  lab: Lab;
  /** 1 for numbers worth quoting; less repeats less often. */
  scale: number;
  signal: AbortSignal;
  /** Tells what is being done. */
  say(text: string): void;
}

export type Measured = Omit<BenchResult, 'name' | 'ratio' | 'goal'>;

export interface Benchmark {
  name: string;
  /** What `value` and `baseline` are, for `--list`. */
  about: string;
  goal: number | null;
  /** Is more of `unit` better? Decides which way round the ratio is. */
  better: 'more' | 'less';
  measure(context: BenchContext): Promise<Measured>;
}

export function resultOf({ name, goal, better }: Benchmark, measured: Measured): BenchResult {
  const { value, baseline, unit, details } = measured;
  const ratio = better === 'more' ? value / baseline : baseline / value;
  return { name, value, unit, baseline, ratio, goal, details };
}

/** How often to repeat, at least once. */
export function repeats(full: number, { scale }: Pick<BenchContext, 'scale'>): number {
  return Math.max(1, Math.round(full * scale));
}

import type { Outcome } from '../verdict/outcome.js';

/** The version of the JSON document that `plugpull mutants --json` prints and `mutants.json` holds. */
export const mutantsSchema = 'plugpull.mutants/1';

/** What was done to a sync call. */
export type MutationKind =
  /** It is not made. */
  | 'sync_removed'
  /** It comes right behind the next ack. */
  | 'sync_after_ack'
  /** It comes right behind the rename that it stood before. */
  | 'sync_after_rename'
  /** The file is synced, where its directory was. */
  | 'file_for_directory'
  /** The directory is synced, where a file of it was. */
  | 'directory_for_file';

/** The program with one thing done to the sync calls of one place, and what the test says to it. */
export interface Mutant {
  /** `M1`, `M2`, ... in the order of the program's calls. */
  id: string;
  kind: MutationKind;
  /** The sync call: `fsync(config.json.tmp)`. */
  call: string;
  /** Its source line, or null where that is not known. */
  at: string | null;
  /** How often the run made it; the turns of a loop are one place. */
  times: number;
  /** In words: `fsync(config.json.tmp) is not made`. */
  change: string;
  result: 'killed' | 'survived' | 'unknown';
  /**
   * Why it survived. `superfluous`: no promise can tell, by the persistence model; `reason` is the proof, and says where
   * a checker could. `too_weak`: a
   * power cut can now lose something, and the test accepts that; `reason` is such a state.
   */
  why: 'superfluous' | 'too_weak' | null;
  /** What the test noticed, the proof, the state that it accepts, or why nobody knows. */
  reason: string;
  /** With `--replay`: what the test said when the program ran with the call made a lie. */
  replay: MutantReplay | null;
}

export interface MutantReplay {
  result: 'killed' | 'survived' | 'unknown';
  reason: string;
  /** Folder of that run; null when there was none. */
  run: string | null;
}

export interface MutantScore {
  killed: number;
  /** Survivors that are not superfluous. */
  too_weak: number;
  superfluous: number;
  unknown: number;
  /** Killed of those that are not superfluous, in whole per cent rounded down; null when there are none of them. */
  percent: number | null;
}

/** The whole document. */
export interface MutantsResult {
  schema: typeof mutantsSchema;
  tool: { name: 'plugpull'; version: string };
  scenario: string;
  models: string[];
  /** Folder with the trace that was judged. */
  run: string;
  /** What the test says of the program as it is. Only a `pass` can be tested further. */
  baseline: { outcome: Outcome; notes: string[]; findings: string[] };
  mutants: Mutant[];
  score: MutantScore;
  notes: string[];
}

export function scoreOf(mutants: readonly Pick<Mutant, 'result' | 'why'>[]): MutantScore {
  const count = (wanted: (mutant: Pick<Mutant, 'result' | 'why'>) => boolean): number =>
    mutants.filter(wanted).length;
  const killed = count(({ result }) => result === 'killed');
  const superfluous = count(({ why }) => why === 'superfluous');
  const needed = mutants.length - superfluous;
  return {
    killed,
    too_weak: count(({ why }) => why === 'too_weak'),
    superfluous,
    unknown: count(({ result }) => result === 'unknown'),
    percent: needed === 0 ? null : Math.floor((100 * killed) / needed),
  };
}

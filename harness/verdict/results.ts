import type { Finding } from './finding.js';
import type { Outcome } from './outcome.js';
import type { Protocol } from './protocol.js';

/**
 * The version of the JSON document that `--json` prints and `results.json` holds. It goes up when a reader of the one
 * before would misread the next; a key more is no reason.
 */
export const resultsVersion = 2;
export const resultsSchema = `plugpull.results/${resultsVersion}` as const;
/** The same for one run's `result.json`. */
export const runSchema = `plugpull.run/${resultsVersion}` as const;

/** How much of the space of crash states a verdict rests on. */
export interface Coverage {
  engine: 'replay' | 'contract' | 'live';
  crash_points: number;
  pending_writes: number;
  /** Crash states covered, as a decimal string: it outgrows a double. */
  states: string;
  recoveries: number;
  /** What the search speaks of, in words: which crash states, whole writes or torn, which recordings, which model. */
  scope: string;
  /** True only when every crash state that `scope` names was covered. */
  exhaustive: boolean;
  /**
   * Every crash point got at least its prefix (all of what was pending lost, all of it there) and each single
   * omission: the least that a `pass` needs.
   */
  systematic: boolean;
  /** What was not looked at, one sentence each; empty exactly when `exhaustive`. */
  unseen: string[];
  audit: { sampled: number; mismatched: number };
  /** How the states that recovery ended in compare with what the file system's persistence models allow. */
  model_check?: ModelCheck;
}

/** Of a judgement that could not be made. */
export function nothingCovered(engine: Coverage['engine']): Coverage {
  return {
    engine,
    crash_points: 0,
    pending_writes: 0,
    states: '0',
    recoveries: 0,
    scope: 'nothing',
    exhaustive: false,
    systematic: false,
    unseen: ['nothing was looked at'],
    audit: { sampled: 0, mismatched: 0 },
  };
}

export interface ModelCheck {
  /** The models that describe this storage. */
  models: string[];
  /** What the states compared have in common; older results do not tell. */
  scope?: string;
  /** Distinct directory trees that recoveries ended in. */
  recovered_states: number;
  /** Of them, those compared at each crash point they were seen at. */
  checked: number;
  /** Of those, the ones that a model does not allow: then it is wrong, and the contract's outcome unknown. */
  not_allowed: number;
}

/** One recording, which is one schedule of the kernel's write-back. */
export interface RecordingMade {
  /**
   * `prompt`: a disk that answers at once. `commit_pressure`: the file system was made to commit after each change of a
   * name, each truncation and each ack. `slow_disk`: each write took a while.
   */
  schedule: 'prompt' | 'commit_pressure' | 'slow_disk';
  /** Milliseconds that each write took. */
  write_delay_ms: number;
  /** Commits made by something beside the workload; only under commit pressure. */
  commits?: number;
}

/** What the self-calibration of this machine, kernel and file system said. */
export interface Calibration {
  outcome: Outcome;
  /** Which control gave the wrong verdict, or where the cached answer came from. */
  detail: string;
}

/** Some lines of the program. */
export interface SourceExcerpt {
  /** As findings name it: `prog.py`. */
  name: string;
  path: string;
  lines: { number: number; text: string }[];
}

/** One scenario on one storage. */
export interface RunResult {
  verdict: Outcome;
  /** null: that engine did not run. */
  contract: Outcome | null;
  observed: Outcome | null;
  expected: { contract?: Outcome; observed?: Outcome } | null;
  /** null: the scenario states no expectation for an engine that ran. */
  met: boolean | null;
  scenario: string;
  storage: string;
  /** The container image that workload and checker ran in, as it was named, and by what names its content. */
  container?: { name: string; id: string };
  /** The kernel that recovered crash states, and whose it is; absent where none did, or nobody came to know. */
  recovered_by?: string;
  /** Folder of this run, for `plugpull show`, `mount` and `--resume`. */
  run: string;
  /** The scenario file, as it was named; absent where a command line was the scenario. */
  file?: string;
  /** What was promised at each ack, by the words of `--promise`, and `checker`. */
  promises?: string[];
  /** Distinct violations that were seen beyond those listed (`explore.max_findings`). */
  unlisted_findings?: number;
  findings: Finding[];
  /** The source files that findings name, with the lines around what they name. */
  sources?: SourceExcerpt[];
  /** What the observed verdict rests on, in the order of the replay engine's entries in `coverage`; absent without it. */
  recordings?: RecordingMade[];
  /** What the contract engine makes of the system calls, by each model; absent when it did not run. */
  protocols?: Protocol[];
  /** Why a verdict is `unknown`, and other things a reader must know to trust it. */
  notes: string[];
  coverage: Coverage[];
  calibration: Calibration | null;
  timing_ms: Record<string, number>;
}

/** The whole document. */
export interface Results {
  schema: typeof resultsSchema;
  tool: { name: 'plugpull'; version: string };
  environment: Record<string, string>;
  verdict: Outcome;
  met: boolean | null;
  runs: RunResult[];
  /** The folders of runs that were asked for and are not finished; absent where all are. */
  unfinished?: string[];
}

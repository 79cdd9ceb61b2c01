import type { MutantsResult } from '../mutants/mutants-result.js';
import type { RecordedTrace } from '../run/record-traces.js';
import type { ScenarioInput } from '../scenario/schema/scenario.js';
import type { Results } from '../verdict/results.js';
import type { SaidError } from '../verdict/said-error.js';

/** What the process that does the work is asked for. */
export type Job =
  | {
      kind: 'run';
      input: ScenarioInput;
      out: string;
      require: 'observed' | null;
      lanes: number | null;
      calibrate: boolean;
    }
  | { kind: 'mutants'; input: ScenarioInput; out: string; replay: boolean }
  | { kind: 'record'; input: ScenarioInput; out: string }
  | { kind: 'check'; traces: string[]; input: Partial<ScenarioInput>; out: string; lanes: number | null };

export interface RunAnswer {
  results: Results;
  resultsFolder: string;
  /** What this machine could not do, one sentence each. */
  limits: string[];
}

/** The answer to a job of each kind. */
export interface Answers {
  run: RunAnswer;
  check: RunAnswer;
  mutants: MutantsResult;
  record: RecordedTrace[];
}

/** What the process says; the last thing it says is an answer or an error. */
export type Message =
  | { kind: 'answer'; answer: Answers[keyof Answers] }
  | { kind: 'error'; error: SaidError };

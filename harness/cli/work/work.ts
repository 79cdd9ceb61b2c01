import type { Attachment } from '../../attach/attached-disk.js';
import type { MutantsResult } from '../../mutants/mutants-result.js';
import type { Shard } from '../../run/planning/shard.js';
import type { RecordedTrace } from '../../run/record-traces.js';
import type { SessionObserver } from '../../run/session.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Results } from '../../verdict/results.js';
import type { SaidError } from '../../verdict/said-error.js';
import type { QueueChosen } from '../queue-options.js';

/** What a thread is asked for. */
export type Work =
  | {
      kind: 'session';
      scenarios: readonly LoadedScenario[];
      resultsFolder: string;
      workloads: string;
      lanes: number | undefined;
      shard: Shard | undefined;
      attachment: Attachment | undefined;
      queue: QueueChosen | null;
      resume: boolean;
      calibrate: boolean;
    }
  | { kind: 'record'; scenarios: readonly LoadedScenario[]; out: string; workloads: string }
  | {
      kind: 'mutants';
      loaded: LoadedScenario;
      resultsFolder: string;
      workloads: string;
      replay: boolean;
    };

/** What comes of each kind. */
export interface Done {
  session: Results;
  record: RecordedTrace[];
  mutants: MutantsResult;
}

/** A method of the observer, and what it is told. */
type Told = {
  [Method in keyof SessionObserver]-?: {
    kind: 'told';
    method: Method;
    told: Parameters<NonNullable<SessionObserver[Method]>>;
  };
}[keyof SessionObserver];

/** What the thread says; the last thing it says is `done` or `failed`. */
export type FromThread =
  | Told
  /** It was asked to stop, is about to, and still listens; said again and again. */
  | { kind: 'heard' }
  | { kind: 'done'; done: Done[keyof Done] }
  | { kind: 'failed'; error: SaidError };

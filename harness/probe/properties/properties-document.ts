/** The document that `plugpull properties --json` prints. */
import type { Outcome } from '../../verdict/outcome.js';
import { toolVersion } from '../../version.js';
import type { ProbedStorage } from '../config.js';
import { type ScheduleName, schedules } from '../schedule.js';
import type { Counterexample, PropertyAnswer } from './answer.js';

export interface ShownCounterexample extends Counterexample {
  /** The workload in the probe's notation. */
  lines: string[];
  schedule: ScheduleName;
}

export interface RefutedModel extends ShownCounterexample {
  model: string;
  property: string;
}

export interface MeasuredProperty {
  name: string;
  says: string;
  outcome: PropertyAnswer['outcome'];
  /** How many the file system can do. */
  workloads: number;
  /** Workloads times the schedules under which each was recorded. */
  recordings: number;
  /** Decimal string: crash states, all of them covered where the property holds. */
  states: string;
  recoveries: number;
  counterexample: ShownCounterexample | null;
  /** Why something is unknown, or not supported. */
  reasons: string[];
}

export interface MeasuredStorage {
  name: string;
  kernel: string;
  storage: ProbedStorage;
  complete: boolean;
  properties: MeasuredProperty[];
  /** What the models of the contract engine that describe the storage say to what was seen. */
  models: {
    /** Recovered states that they allow, each at its crash point; null: no model describes this storage. */
    allowed: number | null;
    /** Crash states that one says cannot be: the model is wrong. */
    refuted: RefutedModel[];
  };
  duration_ms: number;
}

/** The version of the document. */
export const propertiesSchema = 'plugpull.properties/1';

export interface PropertiesDocument {
  schema: typeof propertiesSchema;
  tool: { name: 'plugpull'; version: string };
  schedules: Record<ScheduleName, string>;
  storages: MeasuredStorage[];
  /** A property that does not hold is no fault. `unknown`: something was not seen to its end, or a model is wrong. */
  verdict: Exclude<Outcome, 'violation'>;
}

export function propertiesDocument(storages: MeasuredStorage[]): PropertiesDocument {
  const isSure = storages.every(
    ({ complete, models, properties }) =>
      complete && models.refuted.length === 0 && properties.every(({ outcome }) => outcome !== 'unknown'),
  );
  return {
    schema: propertiesSchema,
    tool: { name: 'plugpull', version: toolVersion },
    schedules,
    storages,
    verdict: isSure ? 'pass' : 'unknown',
  };
}

/** For tables. */
export function outcomeWord({ outcome }: Pick<MeasuredProperty, 'outcome'>): string {
  return { holds: 'yes', broken: 'no', unknown: '?', unsupported: '-' }[outcome];
}

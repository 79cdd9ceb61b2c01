import type { ScenarioInput } from '../scenario/schema/scenario.js';
import type { CamelCased } from './camel-case.js';

type ScenarioKeys = CamelCased<Omit<ScenarioInput, 'workload' | 'ack' | 'storage'>>;
type StorageOption = CamelCased<NonNullable<ScenarioInput['storage']>[number]>;

/** The scenario's keys in camelCase (docs/scenario.md says what each means), and how to run it. */
export interface CrashTestOptions extends Partial<ScenarioKeys> {
  /** Command run before the recording; what it leaves is durable. */
  setup?: string;
  /** Time limit of the workload: `30s`, or a number of seconds. */
  timeout?: string | number;
  /** More variables for the workload and the checker. */
  env?: Record<string, string>;
  /** Exit codes of a workload that did its work. */
  exitCodes?: number[];
  /** Another user than the one of this process, by name; needs root. */
  user?: string;
  /** Standard output is a terminal: a program that keeps its lines back on a pipe prints each, and each ack, when it ends. */
  terminal?: boolean;
  /** File systems, or storages with options; `ext4` alone by default. */
  storage?: (NonNullable<StorageOption['fs']> | StorageOption)[];
  /**
   * `observed`: an error where this machine can judge by system calls only. Without it what can run does, and
   * `limits` of the result says what could not.
   */
  require?: 'observed';
  /** Ends the run, and cleans up after it. */
  signal?: AbortSignal;
  /** Folder for results; `plugpull-results` in the current one by default. */
  out?: string;
  /** Recoveries side by side; those that no other run of this machine is using, by default. */
  lanes?: number;
  /** Check the engine with two controls first (cached); true by default. */
  calibrate?: boolean;
}

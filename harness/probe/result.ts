/** What the probe found out, as it is stored and printed. */
import type { OwedRules } from '../promise/owed-rules.js';

export interface WorkloadFinding {
  /** The texts, or the kernel's own tests: contract and custom are never mixed. */
  rules: OwedRules;
  /** Findings of one kind have one cause, or few. */
  kind: string;
  text: string;
  /** Which operation of the body owed it; null when it is wrong whatever was called. */
  operation: number | null;
  /** How many operations of the body had returned when the power went. */
  after: number;
  /** Of so many writes that were pending so many were lost; or one of them was torn. */
  pending: number;
  lost: number;
  torn: boolean;
}

export interface WorkloadResult {
  name: string;
  /** `unsupported`: the file system cannot do one of its operations. */
  outcome: 'kept' | 'broken' | 'unknown' | 'unsupported';
  points: number;
  /** Decimal string. */
  states: string;
  recoveries: number;
  exhaustive: boolean;
  /** Wall time, on the machine that made it; absent in older answers. */
  duration_ms?: number;
  finding?: WorkloadFinding;
  reason?: string;
}

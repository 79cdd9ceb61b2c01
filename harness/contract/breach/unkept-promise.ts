import type { Effect } from '../../model/effect.js';
import type { Ack } from '../../model/history.js';
import type { Inode } from '../../model/inode.js';
import type { FindingKind } from '../../verdict/finding.js';
import type { CrashUnit } from '../crash/units.js';

/** A promise that a model does not keep: the finding before it is put into words. */
export interface UnkeptPromise {
  kind: FindingKind;
  /** The name that was promised; null when the promise is a checker's. */
  path: string | null;
  /** The effects the promise rests on and that may be missing, oldest first. */
  effects: Effect[];
  /** The ack that was given too early; null for a promise that holds at every instant. */
  ack: Ack | null;
  /** Step before which the effects had to be durable; null: before the ack. */
  beforeStep: number | null;
  /** Where no sync call helps: the step that must be there for the loss to matter. */
  keptStep?: number;
  /** What a sync call would have to be made on, and the step behind which it helps; null: no sync call helps. */
  missing: { inode: Inode; afterStep: number } | null;
  /** A sync call that failed and had covered the effects. */
  failedStep: number | null;
  promise: string;
  lost: string[];
  /** In words, where the pattern "X needs Y before Z" does not fit. */
  sentence: string | null;
  fix: string | null;
  /** Number of acks given before the crash that shows it. */
  acks: number;
  /** Where it was seen in a crash state: the position in the log, and what that state lacks of what was undecided there. */
  seen?: { position: number; lost: readonly CrashUnit[] };
}

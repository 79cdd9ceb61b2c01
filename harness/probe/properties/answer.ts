/** What one workload of one property came to, under one schedule, and what the models have to say to it. */

export interface Counterexample {
  /** What the crash left: goes on from `FILE SYSTEM leaves`. */
  text: string;
  /** How many operations of the body had returned when the power went. */
  after: number;
  /** Of so many writes that were pending so many were lost; or one of them was torn. */
  pending: number;
  lost: number;
  torn: boolean;
}

/** A tree that a model says no crash of its file system leaves, and that one left: the model is wrong. */
export interface Refuted extends Counterexample {
  model: string;
}

export interface PropertyAnswer {
  outcome: 'holds' | 'broken' | 'unknown' | 'unsupported';
  points: number;
  /** Decimal string. */
  states: string;
  recoveries: number;
  /** Every crash state was seen, whatever was found. */
  exhaustive: boolean;
  /** The one with the fewest writes lost. */
  counterexample?: Counterexample;
  refuted?: Refuted;
  /** Recovered states that the models allow, each at its crash point; null: no model describes this storage. */
  allowed: number | null;
  reason?: string;
}

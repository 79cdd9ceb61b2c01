/**
 * What the command and a lane say to each other: JSON lines on the lane's standard input and output.
 */
import type { Problem } from '../../judge/judgement.js';
import type { Rest, Rested } from '../../state/process-pool.js';
import type { Decision } from '../decisions.js';
import type { TearPlace, TornLeaf, TornTask } from '../task-search.js';
import type { LookLimits, Seen } from './recovery-messages.js';

/** First line a lane reads, and the next one after each rest. */
export interface LaneSetup {
  traceFolder: string;
  /** The run's folder for temporary things. */
  spaceFolder: string;
  /** Unique among the run's lanes. */
  name: string;
  /** Off only to show that the calibration notices. */
  directIo: boolean;
  /** Whether to look at the whole tree of each recovered state, to compare it with a persistence model. */
  look: LookLimits | null;
  /** The guest that recovers; null on the host. */
  guest: GuestSeat | null;
}

/** A lane's place in a guest. */
export interface GuestSeat {
  /** Where the lane is to serve its disk over NBD. */
  nbdSocket: string;
  /** The guest's agent, which nobody else talks to meanwhile. */
  agentSocket: string;
  /** By which the guest knows the disk. */
  serial: string;
}

export type ToLane =
  /** Explore a crash point below a prefix of decisions, with at most so many leaves; `torn`: with one write torn. */
  | {
      type: 'explore';
      task: number;
      point: number;
      prefix: EncodedDecisions;
      torn?: TornTask;
      maxLeaves: number;
      /** Then the same at other crash points over the same disk, as tasks of their own. */
      likewise?: { task: number; point: number; maxLeaves: number }[];
    }
  /** Recover and judge one crash state: every pending piece there but the lost ones. */
  | { type: 'judge'; task: number; point: number; lost: number[]; fromMemory: boolean }
  /** Give part of the current exploration away. */
  | { type: 'donate' }
  /** End this exploration early; one that has ended meanwhile is left alone. */
  | { type: 'stop'; task: number }
  /** There are no more tasks with this trace: let go of it, and wait for another `LaneSetup`. */
  | Rest;

export type FromLane =
  /** A guest's lane serves its disk: now the guest can be given it. */
  | { type: 'serving' }
  | { type: 'ready' }
  | {
      type: 'leaf';
      task: number;
      point: number;
      decisions: EncodedDecisions;
      problems: Problem[];
      remembered: boolean;
      /** Of a write that was torn. */
      torn?: TornLeaf;
      /** Where writes were first decided that can be torn. */
      tearable?: TearPlace[];
      /** What crashing this recovery again found, when asked for. */
      nested?: NestedOutcome;
      /** What was seen of its tree, where that was asked for and could be told. */
      seen?: Seen;
    }
  | { type: 'explored'; task: number; complete: boolean }
  | { type: 'judged'; task: number; problems: Problem[]; seen?: Seen }
  | { type: 'donated'; prefix: EncodedDecisions | null; point: number }
  | Rested
  | { type: 'fault'; message: string };

/** Crash states of a recovery that was itself cut short. */
export interface NestedOutcome {
  crashPoints: number;
  /** Decimal string. */
  states: string;
  recoveries: number;
  complete: boolean;
  problems: Problem[];
}

/** A piece that is present as its number, an absent one as its bitwise complement: short in JSON. */
export type EncodedDecisions = number[];

export function encodeDecisions(decisions: readonly Decision[]): EncodedDecisions {
  return decisions.map(({ piece, present }) => (present ? piece : ~piece));
}

export function decodeDecisions(encoded: EncodedDecisions): Decision[] {
  return encoded.map((value) =>
    value >= 0 ? { piece: value, present: true } : { piece: ~value, present: false },
  );
}

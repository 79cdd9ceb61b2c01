/**
 * When a round loses power. All of it follows from the seed and the round's number, so that a seed repeats the choices;
 * what the kernel had written by then is its own affair, and differs from run to run.
 */
import { seededRandom } from '../../harness/explore/random.js';

export type Moment =
  /** When the workload has ended: the round that measures. */
  | { kind: 'end' }
  /** Right after the ack with this number, from 1, while its giver still waits. */
  | { kind: 'ack'; ack: number }
  /** This long after the workload was started. */
  | { kind: 'time'; afterMs: number };

/** What an uncut round of the workload showed. */
export interface Measured {
  acks: number;
  durationMs: number;
}

/** The generator of one round's choices, apart from every other round's. */
export function roundRandom(seed: number, round: number): () => number {
  return seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
}

/** @param measured null for the first round, which runs to the end of the workload */
export function momentOf(random: () => number, measured: Measured | null): Moment {
  if (measured === null) return { kind: 'end' };
  // Half of them where something has just been promised: there the least time has passed to make it durable.
  if (measured.acks > 0 && random() < 0.5) {
    return { kind: 'ack', ack: 1 + Math.floor(random() * measured.acks) };
  }
  return { kind: 'time', afterMs: Math.round(random() * measured.durationMs) };
}

export function momentText(moment: Moment): string {
  switch (moment.kind) {
    case 'end':
      return 'when the workload had ended';
    case 'ack':
      return `right after ack ${moment.ack}`;
    case 'time':
      return `${moment.afterMs} ms after the workload started`;
  }
}

/**
 * When a round loses power. All of it follows from the scenario, the seed and the round's number, so that a seed repeats the
 * choices; what the kernel had written by then is its own affair, and differs from run to run.
 */
import type { Cut } from '../../harness/disk/power-switch.js';
import { seededRandom } from '../../harness/explore/random.js';
import type { LiveCut } from '../../harness/scenario/schema/live.js';

export type Moment =
  /** When the workload has ended: the round that measures. */
  | { kind: 'end' }
  /** Right after the ack with this number, from 1, of those that match, while its giver still waits. */
  | { kind: 'ack'; ack: number; matching?: string | undefined }
  /** Just before the n-th operation of the disk, from 1 at the start of the recording. */
  | { kind: 'operation'; operation: NonNullable<Cut['operation']>; n: number }
  /** When the server has printed a line that matches. */
  | { kind: 'log'; pattern: string }
  /** This long after the workload was started. */
  | { kind: 'time'; afterMs: number };

/** What an uncut round of the workload showed. */
export interface Measured {
  acks: number;
  /** Flushes that the disk completed; 0 where nobody counts them. */
  flushes: number;
  durationMs: number;
}

/** The generator of one round's choices, apart from every other round's. */
export function roundRandom(seed: number, round: number): () => number {
  return seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
}

/**
 * @param about `measured`: null for the first round, which runs to the end of the workload; `wanted`: the moments that the
 *   scenario names, for the rounds after it in turn; none: chance decides
 */
export function momentOf(
  random: () => number,
  { round, measured, wanted }: { round: number; measured: Measured | null; wanted: readonly LiveCut[] },
): Moment {
  if (measured === null) return { kind: 'end' };
  if (wanted.length > 0) return namedMoment(wanted[(round - 1) % wanted.length]!);
  // Half of them where something has just been promised: there the least time has passed to make it durable.
  if (measured.acks > 0 && random() < 0.5) {
    return { kind: 'ack', ack: 1 + Math.floor(random() * measured.acks) };
  }
  // And where most waits in the disk's cache.
  if (measured.flushes > 0 && random() < 0.5) {
    return { kind: 'operation', operation: 'flush', n: 1 + Math.floor(random() * measured.flushes) };
  }
  return { kind: 'time', afterMs: Math.round(random() * measured.durationMs) };
}

function namedMoment({ operation, n = 1, ack = 1, matching, after, log }: LiveCut): Moment {
  if (operation !== undefined) return { kind: 'operation', operation, n };
  if (log !== undefined) return { kind: 'log', pattern: log };
  if (after !== undefined) return { kind: 'time', afterMs: after };
  return { kind: 'ack', ack, matching };
}

/** What the disk is told of the moment; undefined when its power stays on. */
export function cutAt(moment: Moment): Cut | undefined {
  const later_writes = 'vanish';
  switch (moment.kind) {
    case 'end':
      return undefined;
    case 'ack':
      return { ack: moment.ack, matching: moment.matching, later_writes };
    case 'operation':
      return { operation: moment.operation, n: moment.n, later_writes };
    case 'log':
      return { log: moment.pattern, later_writes };
    case 'time':
      return { after: moment.afterMs, later_writes };
  }
}

/** After the words "the power was cut". */
export function momentText(moment: Moment): string {
  switch (moment.kind) {
    case 'end':
      return 'when the workload had ended';
    case 'ack': {
      const { ack, matching } = moment;
      return `right after ack ${ack}${matching === undefined ? '' : ` of those that match ${matching}`}`;
    }
    case 'operation':
      return `just before ${moment.operation === 'any' ? 'operation' : moment.operation} ${moment.n} of the disk`;
    case 'log':
      return `when the server had printed ${moment.pattern}`;
    case 'time':
      return `${moment.afterMs} ms after the workload started`;
  }
}

import type { BlockOperation } from '../trace/operation.js';

/**
 * The positions at which a power cut is tried.
 *
 * Between two of them nothing becomes durable and nothing is promised, so the crash states in between are
 * among those of the later one: cutting at these positions covers cutting at any instant of the recording.
 */
export interface CrashPoint {
  /** Position in the list of crash points. */
  id: number;
  /** Operations with an index below this one had been submitted. */
  logIndex: number;
  reason: 'flush' | 'fua' | 'begin' | 'before_ack' | 'ack' | 'start' | 'end';
  /** Number of acks given before the cut. */
  acks: number;
  /** Acks and beginnings before the cut: the same where a checker is told the same. */
  said: number;
  /** By disk the index of the last completed flush before the cut; absent without one. Writes before it, to that disk, are durable. */
  lastFlushes: readonly number[];
  /** A FUA write that had been submitted but had not completed; -1 otherwise. */
  openFua: number;
  /** The same for crash points that have the same crash states, whatever was acked in between. */
  disk: string;
}

/** Is this write (or discard) still in the disk's volatile cache at the crash point? */
export function isPending(point: CrashPoint, operation: BlockOperation): boolean {
  if (operation.index < (point.lastFlushes[operation.disk ?? 0] ?? -1)) return false;
  return !operation.fua || operation.index === point.openFua;
}

/**
 * Just before each flush completes, just before each FUA write completes, just after each ack, and the end. Where
 * writes came since the last of these, also just before an ack: until it is given, less is promised, but what
 * is promised may be something that the ack takes back. Likewise just before something begins: from then on it may be there.
 *
 * @param acks the log index of each ack: operations below it had been submitted when it was given; ascending
 * @param begun the same of each beginning; none, where nobody asks what is under way
 * @param endIndex one past the last log index
 */
export function crashPoints(
  operations: readonly BlockOperation[],
  acks: readonly number[],
  endIndex: number,
  begun: readonly number[] = [],
): CrashPoint[] {
  const points: CrashPoint[] = [];
  let given = 0;
  let opened = 0;
  let lastFlushes: readonly number[] = [];
  let lastWrite = -1;
  // Writes and discards so far, and by disk how many had been submitted when it was last flushed.
  let submitted = 0;
  const flushed: number[] = [];
  const add = (logIndex: number, reason: CrashPoint['reason'], openFua = -1): void => {
    const previous = points.at(-1);
    const same = previous && previous.logIndex === logIndex && previous.acks === given;
    // The same operations, the same promises: the same crash states.
    if (same && previous.openFua === openFua && previous.lastFlushes === lastFlushes) return;
    while (opened < begun.length && begun[opened]! < logIndex) opened++;
    const disk = `${submitted} ${flushed.join()} ${openFua}`;
    points.push({
      id: points.length,
      logIndex,
      reason,
      acks: given,
      said: given + opened,
      lastFlushes,
      openFua,
      disk,
    });
  };
  let heard = 0;
  const beginUpTo = (logIndex: number): void => {
    for (; heard < begun.length && begun[heard]! <= logIndex; heard++)
      if (lastWrite >= points.at(-1)!.logIndex) add(begun[heard]!, 'begin');
  };
  const giveAcksUpTo = (logIndex: number): void => {
    while (given < acks.length && acks[given]! <= logIndex) {
      const at = acks[given]!;
      beginUpTo(at);
      if (lastWrite >= points.at(-1)!.logIndex) add(at, 'before_ack');
      given++;
      add(at, 'ack');
    }
    beginUpTo(logIndex);
  };
  add(0, 'start');
  for (const operation of operations) {
    giveAcksUpTo(operation.index);
    if (operation.kind === 'flush') {
      add(operation.index, 'flush');
      const { disk = 0 } = operation;
      lastFlushes = withEntry(lastFlushes, disk, operation.index);
      flushed[disk] = submitted;
      continue;
    }
    submitted++;
    if (operation.fua) {
      add(operation.index + 1, 'fua', operation.index);
    } else lastWrite = operation.index;
  }
  giveAcksUpTo(endIndex);
  add(endIndex, 'end');
  return points;
}

function withEntry(list: readonly number[], at: number, value: number): number[] {
  return Array.from({ length: Math.max(list.length, at + 1) }, (_, i) =>
    i === at ? value : (list[i] ?? -1),
  );
}

/**
 * Everything that happened around a crash, in one order: system calls, acks, block operations.
 *
 * Block operations and acks share the log's positions. A system call is placed by the clock: behind the last flush, FUA
 * write or ack that came before it was entered; of writes in between, which bear no time, it is not known whether they
 * came before it.
 */
import type { CrashPoint } from '../explore/crash-points.js';
import type { ExplorableTrace } from '../explore/recording.js';
import type { Trace } from '../trace/trace.js';
import type { Scene, SceneEvent } from '../verdict/scene.js';
import { ownerOf } from './block-owner.js';

/** A call that changed the directory or asked for durability. */
export interface TimedCall {
  text: string;
  sync: boolean;
  /** When it was entered, nanoseconds since 1970; 0 where the log bears no times. */
  startNs: bigint;
}

/** Events kept before and after the crash. */
export const keptBefore = 240;
export const keptAfter = 60;

interface Placed {
  /** Position in the block log that it comes before. */
  position: number;
  /** Order of kinds at one position. */
  rank: number;
  event: SceneEvent;
}

export function sceneEvents(options: {
  trace: Trace;
  traced: ExplorableTrace;
  calls: readonly TimedCall[];
  point: number;
  lost: readonly number[];
}): Pick<Scene, 'events' | 'left_out' | 'points' | 'cut'> {
  const { trace, traced, calls, lost } = options;
  const lostPieces = new Map<number, number>();
  for (const piece of lost) {
    const { index } = traced.recording.pieces.describe(piece).operation;
    lostPieces.set(index, (lostPieces.get(index) ?? 0) + 1);
  }
  const placed: Placed[] = [
    ...trace.operations.map((operation): Placed => {
      const { index, kind, sector, sectorCount, fua } = operation;
      if (kind === 'flush') return { position: index, rank: 3, event: { kind, index } };
      const pieces = lostPieces.get(index) ?? 0;
      const whole = pieces === traced.recording.pieces.countOf(operation);
      const event: SceneEvent = {
        kind,
        index,
        sector,
        bytes: sectorCount * 512,
        fua,
        // Named below, for those that are kept.
        part: 'metadata',
        owner: '',
        ...(pieces > 0 ? { lost: whole ? ('whole' as const) : ('part' as const) } : {}),
      };
      return { position: index, rank: 4, event };
    }),
    ...trace.acks.map(
      (ack): Placed => ({ position: ack.block_index, rank: 1, event: { kind: 'ack', text: ack.text } }),
    ),
    ...placedCalls(trace, calls),
  ];
  // Stable: calls and acks stay in their own order.
  placed.sort((a, b) => a.position - b.position || a.rank - b.rank);
  return windowed(options, placed);
}

/** Calls before the position that follows the last moment of known time. */
function placedCalls({ clock, acks }: Trace, calls: readonly TimedCall[]): Placed[] {
  if (!clock) return [];
  const started = BigInt(clock.started_unix_ns);
  const moments = [
    ...clock.durable_at.map(([index, ns]) => ({ ns: started + BigInt(ns), position: index, isAck: false })),
    ...acks.map((ack) => ({ ns: started + BigInt(ack.time_ns), position: ack.block_index, isAck: true })),
  ].sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  let next = 0;
  let position = 0;
  let rank = 0;
  return calls
    .filter(({ startNs }) => startNs !== 0n)
    .map(({ text, sync, startNs }) => {
      while (next < moments.length && moments[next]!.ns <= startNs) {
        const { position: at, isAck } = moments[next]!;
        // Behind the ack itself, or behind the operation that became durable.
        position = Math.max(position, isAck ? at : at + 1);
        rank = isAck ? 2 : 0;
        next++;
      }
      return { position, rank, event: { kind: 'call', text, sync } };
    });
}

function windowed(
  { trace, traced, point: pointId }: { trace: Trace; traced: ExplorableTrace; point: number },
  placed: readonly Placed[],
): Pick<Scene, 'events' | 'left_out' | 'points' | 'cut'> {
  const happened = new Happened(placed);
  const at = traced.points.map((point) => happened.at(point));
  const cutAt = at[pointId]!;
  const from = Math.max(0, cutAt - keptBefore);
  const to = Math.min(placed.length, cutAt + keptAfter);
  const events = withJournal(placed.slice(from, to).map(({ event }) => named(trace, event)));
  const inside = traced.points.filter(({ id }) => at[id]! >= from && at[id]! <= to);
  return {
    events,
    left_out: { before: from, after: placed.length - to },
    points: inside.map(({ id, reason, acks, openFua }) => {
      const open = events.findIndex((event) => event.kind === 'write' && event.index === openFua);
      return { at: at[id]! - from, reason, acks, ...(open >= 0 ? { open: [open] } : {}) };
    }),
    cut: inside.findIndex(({ id }) => id === pointId),
  };
}

/** How many events had happened at a crash point: all operations below its position, all acks given. */
class Happened {
  /** Of each ack, of each operation: how many events there are up to it. */
  readonly #acks: number[] = [];
  readonly #operations: { position: number; count: number }[] = [];

  constructor(placed: readonly Placed[]) {
    for (const [i, { position, event }] of placed.entries()) {
      if (event.kind === 'ack') this.#acks.push(i + 1);
      else if (event.kind !== 'call') this.#operations.push({ position, count: i + 1 });
    }
  }

  at({ logIndex, acks }: CrashPoint): number {
    let low = 0;
    let high = this.#operations.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#operations[middle]!.position < logIndex) low = middle + 1;
      else high = middle;
    }
    return Math.max(this.#acks[acks - 1] ?? 0, this.#operations[low - 1]?.count ?? 0);
  }
}

function named(trace: Trace, event: SceneEvent): SceneEvent {
  if (event.kind !== 'write' && event.kind !== 'discard') return event;
  const owner = ownerOf(trace, event.sector, event.bytes / 512);
  const file = /^(.*), from byte \d+/s.exec(owner)?.[1];
  if (file !== undefined) return { ...event, part: 'data', owner: file };
  return { ...event, part: owner.includes('journal') ? 'journal' : 'metadata', owner };
}

/** What lies between blocks that say of themselves that they are the journal's is a copy in the journal. */
function withJournal(events: SceneEvent[]): SceneEvent[] {
  const sectors = events.flatMap((event) =>
    event.kind === 'write' && event.part === 'journal' ? [event.sector] : [],
  );
  const first = Math.min(...sectors);
  const last = Math.max(...sectors);
  return events.map((event) =>
    event.kind === 'write' && event.part === 'metadata' && event.sector > first && event.sector < last
      ? { ...event, part: 'journal' }
      : event,
  );
}

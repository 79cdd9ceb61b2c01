import { type Told, toldOf } from '../../judge/told.js';
import type { Durability } from '../../model/durability.js';
import type { Ack, History } from '../../model/history.js';
import type { CrashPointSummary } from '../../verdict/finding.js';

/** A position in the system-call log at which the power may fail, and how many acks had been given by then. */
export interface ContractCrashPoint {
  position: number;
  acks: number;
  reason: CrashPointSummary['reason'];
}

/** What had begun before a cut there. */
export function begunBefore({ begun }: History, { position }: Pick<ContractCrashPoint, 'position'>): Ack[] {
  return begun.filter(({ at }) => at < position);
}

/** For a checker. */
export function toldInHistory(history: History, point: ContractCrashPoint): Told {
  return toldOf({ acks: history.acks.slice(0, point.acks), begun: begunBefore(history, point) });
}

/**
 * The positions that together show every state: just before a sync call makes something durable (what is undecided
 * there only grows since the sync before), just before each ack, right after it, just before something begins, and the end.
 */
export function contractCrashPoints(history: History, durable: Durability): ContractCrashPoint[] {
  const points = new Map<string, ContractCrashPoint>();
  const acksBefore = (position: number): number => history.acks.filter(({ at }) => at < position).length;
  const add = (position: number, acks: number, reason: ContractCrashPoint['reason']): void => {
    points.set(`${position} ${acks}`, { position, acks, reason });
  };
  for (const since of new Set(durable.since))
    if (Number.isFinite(since)) add(since, acksBefore(since), 'flush');
  history.acks.forEach(({ at }, index) => {
    add(at, index, 'ack');
    add(at, index + 1, 'ack');
  });
  for (const { at } of history.begun) add(at, acksBefore(at), 'begin');
  add(history.end, history.acks.length, 'end');
  return [...points.values()].sort((a, b) => a.position - b.position || a.acks - b.acks);
}

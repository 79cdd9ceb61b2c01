/** Everything that happened around a crash as the system calls show it: calls and acks in their order. */
import { pointsAround, type ShownCrash } from '../contract/shown-crash.js';
import type { Effect } from '../model/effect.js';
import type { History, Step } from '../model/history.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Scene, SceneEvent } from '../verdict/scene.js';
import { keptAfter, keptBefore } from './scene-events.js';

/** Every call that changed something or asked for durability, and every ack, with what became of it at the crash. */
export function sceneCalls(
  history: History,
  shown: ShownCrash,
): Pick<Scene, 'events' | 'left_out' | 'points' | 'cut'> {
  const steps = history.steps.filter(({ title }) => title !== '');
  const placed = [
    ...steps.map((step) => ({ position: step.enter, rank: 1, step, text: '' })),
    ...history.acks.map(({ at, text }) => ({ position: at, rank: 0, step: null, text })),
  ].sort((a, b) => a.position - b.position || a.rank - b.rank);
  const entered = steps.map(({ enter }) => enter).sort((a, b) => a - b);
  /** How many events had happened at a position with so many acks given. */
  const happened = (position: number, acks: number): number => below(entered, position) + acks;
  const acksAt = (position: number): number => history.acks.filter(({ at }) => at < position).length;

  const cutAt = happened(shown.position, shown.acks);
  const from = Math.max(0, cutAt - keptBefore);
  const to = Math.min(placed.length, cutAt + keptAfter);
  const inside = pointsAround(history, shown)
    .map((point) => ({ ...point, event: happened(point.position, point.acks) }))
    .filter(({ event }) => event >= from && event <= to);
  return {
    events: placed.slice(from, to).map(
      ({ step, text }): SceneEvent =>
        step === null
          ? { kind: 'ack', text }
          : {
              kind: 'call',
              text: step.title,
              sync: step.sync !== null,
              ...changesOf(step, shown, (position) =>
                Math.max(0, happened(position + 0.5, acksAt(position)) - from),
              ),
            },
    ),
    left_out: { before: from, after: placed.length - to },
    points: inside.map(({ event, reason, acks }) => ({ at: event - from, reason, acks })),
    cut: inside.findIndex(({ position, acks }) => position === shown.position && acks === shown.acks),
  };
}

/** What a call changed, from when on that is durable, and how much of it the crash loses. */
function changesOf(
  { effects }: Step,
  { durable, lost }: ShownCrash,
  eventAt: (position: number) => number,
): { changes?: string; durable_at?: number; lost?: 'whole' | 'part' } {
  const [first] = effects;
  if (!first) return {};
  const since = Math.max(...effects.map(({ id }) => durable.since[id]!));
  const parts = effects.map(({ id }) => lost.get(id));
  const isWhole = parts.every((part) => part === 'whole');
  return {
    changes: placeOf(first),
    ...(Number.isFinite(since) ? { durable_at: eventAt(since) } : {}),
    ...(parts.some((part) => part !== undefined) ? { lost: isWhole ? 'whole' : 'part' } : {}),
  };
}

function placeOf({ kind, path }: Effect): string {
  const shown = displayPath(path);
  return kind === 'entry' ? `names in ${shown}` : shown;
}

/** How many of ascending numbers are smaller. */
function below(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

import type { Scene, SceneEvent } from '../../../harness/verdict/scene.js';

/** What becomes of a write, or of what a call changed, when the power is cut at a crash point. */
export type Fate =
  /** A flush, FUA or a sync call made it durable before. */
  | 'durable'
  /** It was in the disk's cache, and a cut can lose it or not. */
  | 'pending'
  /** The same, at the finding's own crash point: in its crash state this one made it, or did not, or in part. */
  | 'survives'
  | 'lost'
  | 'torn'
  /** It had not been sent. */
  | 'later';

/** The fate of each event at a crash point; null for events that change nothing. */
export function fatesAt(scene: Scene, point: number): (Fate | null)[] {
  const { at, open = [] } = scene.points[point]!;
  const lastFlush = scene.events.findLastIndex((event, i) => event.kind === 'flush' && i < at);
  return scene.events.map((event, i) => {
    if (!changes(event)) return null;
    if (i >= at) return 'later';
    const isDurable =
      event.kind === 'call'
        ? (event.durable_at ?? Number.POSITIVE_INFINITY) <= at
        : i < lastFlush || (event.fua && !open.includes(i));
    if (isDurable) return 'durable';
    if (point !== scene.cut) return 'pending';
    return event.lost === undefined ? 'survives' : event.lost === 'part' ? 'torn' : 'lost';
  });
}

type Changing = Extract<SceneEvent, { kind: 'write' | 'discard' | 'call' }>;

/** It changed blocks, or, in the scene of a contract finding, files or names. */
export function changes(event: SceneEvent): event is Changing {
  if (event.kind === 'call') return event.changes !== undefined;
  return event.kind === 'write' || event.kind === 'discard';
}

/** What it belongs to: a file, names in a directory, or a kind of block. */
export function placeOf(event: Changing): string {
  return event.kind === 'call' ? event.changes! : event.owner;
}

/** The number of the epoch that each event lies in, from 0: it ends with a flush. */
export function epochsOf({ events }: Scene): number[] {
  let epoch = 0;
  return events.map((event) => {
    const own = epoch;
    if (event.kind === 'flush') epoch++;
    return own;
  });
}

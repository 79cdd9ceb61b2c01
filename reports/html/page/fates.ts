import type { Scene } from '../../../harness/verdict/scene.js';

/** What becomes of a write when the power is cut at a crash point. */
export type Fate =
  /** A flush or FUA made it durable before. */
  | 'durable'
  /** It was in the disk's cache, and a cut can lose it or not. */
  | 'pending'
  /** The same, at the finding's own crash point: in its crash state this one made it, or did not, or in part. */
  | 'survives'
  | 'lost'
  | 'torn'
  /** It had not been sent. */
  | 'later';

/** The fate of each event at a crash point; null for events that are no writes. */
export function fatesAt(scene: Scene, point: number): (Fate | null)[] {
  const { at, open = [] } = scene.points[point]!;
  const lastFlush = scene.events.findLastIndex((event, i) => event.kind === 'flush' && i < at);
  return scene.events.map((event, i) => {
    if (event.kind !== 'write' && event.kind !== 'discard') return null;
    if (i >= at) return 'later';
    if (i < lastFlush || (event.fua && !open.includes(i))) return 'durable';
    if (point !== scene.cut) return 'pending';
    return event.lost === undefined ? 'survives' : event.lost === 'part' ? 'torn' : 'lost';
  });
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

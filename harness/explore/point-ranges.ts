/** A trace's crash points in contiguous runs, each to be explored by itself, wherever. */
import type { CrashPoint } from './crash-points.js';

/** From `from` on, and none from `to` on. */
export interface PointRange {
  from: number;
  to: number;
}

/** So many that a worker's lanes and its copy of the trace cost little beside them, and so few that a lost run is no loss. */
const pointsInOne = 16;

/**
 * The runs that crash points are in. What a lane remembers helps it from one crash point to the next between two flushes,
 * and the same crash states under another ack cost nothing: a run ends where a flush or, at the latest, an ack ends both.
 *
 * @param wanted crash points, ascending; a run holds no others
 */
export function pointRanges(points: readonly CrashPoint[], wanted: readonly number[]): PointRange[] {
  const ranges: PointRange[] = [];
  let open: PointRange | null = null;
  for (const id of wanted) {
    const [point, before] = [points[id]!, points[id - 1]];
    const length = open ? open.to - open.from : 0;
    const isNew = before?.lastFlushes.join() !== point.lastFlushes.join();
    const isPromised = before?.acks !== point.acks && before?.disk !== point.disk;
    const isFull = length >= pointsInOne && (isNew || (isPromised && length >= 2 * pointsInOne));
    if (!open || id !== open.to || isFull) {
      open = { from: id, to: id };
      ranges.push(open);
    }
    open.to = id + 1;
  }
  return ranges;
}

/** All properties of one storage: every workload of each, under every schedule that makes a difference to it. */
import type { RunSpace } from '../../state/run-space.js';
import type { ProbedStorage } from '../config.js';
import type { PropertyTask } from '../lane/messages.js';
import type { ProbePlace } from '../place.js';
import { ProbeLanes } from '../probe-lanes.js';
import { schedulesFor } from '../schedule.js';
import type { Property } from './property.js';
import { PropertyTally } from './property-tally.js';

export interface StorageMeasured {
  tally: PropertyTally;
  /** All that was asked for was tried. */
  complete: boolean;
  durationMs: number;
}

/** @returns in a stable order */
export function tasksOf(properties: readonly Property[]): PropertyTask[] {
  return properties.flatMap(({ name, workloads }) =>
    workloads.flatMap(({ workload }, nth) =>
      schedulesFor(workload.body).map((schedule) => ({ property: name, nth, schedule })),
    ),
  );
}

export async function measureStorage({
  storage,
  properties,
  limit,
  place,
  space,
  lanes,
  signal,
  onAnswer,
}: {
  storage: ProbedStorage;
  properties: readonly Property[];
  /** Recoveries that one workload under one schedule may cost. */
  limit: number;
  place: ProbePlace;
  space: RunSpace;
  lanes?: number | undefined;
  signal: AbortSignal;
  /** @param position how much of all the work is done, from 0 to 1 */
  onAnswer?: (tally: PropertyTally, position: number) => void;
}): Promise<StorageMeasured> {
  const tally = new PropertyTally(properties);
  const started = await ProbeLanes.start(
    { storage, granularity: 'write', limit, fsck: 'never' },
    { place, space, lanes },
  );
  const since = performance.now();
  const tasks = tasksOf(properties);
  let taken = 0;
  let done = 0;
  try {
    await started.measure(
      () => (signal.aborted ? null : (tasks[taken++] ?? null)),
      (answer, task) => {
        tally.add(answer, task);
        onAnswer?.(tally, ++done / tasks.length);
      },
    );
  } finally {
    await started.close();
  }
  return { tally, complete: done === tasks.length, durationMs: performance.now() - since };
}

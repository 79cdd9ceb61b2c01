/**
 * All properties of one storage: every workload of each, under every schedule that makes a difference to it. Each answer
 * is kept as soon as it is there.
 */
import { appendFileSync } from 'node:fs';
import type { RunSpace } from '../../state/run-space.js';
import { answerLines } from '../answers.js';
import type { ProbedStorage } from '../config.js';
import type { PropertyTask } from '../lane/messages.js';
import type { ProbePlace } from '../place.js';
import { ProbeLanes } from '../probe-lanes.js';
import { schedulesFor } from '../schedule.js';
import type { PropertyAnswer } from './answer.js';
import type { Property } from './property.js';
import { PropertyTally } from './property-tally.js';

export interface StorageMeasured {
  tally: PropertyTally;
  /** All that was asked for was tried. */
  complete: boolean;
  durationMs: number;
}

/** A line of an answers file. */
interface KeptAnswer {
  task: PropertyTask;
  answer: PropertyAnswer;
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
  answersFile,
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
  /** One answer a line; what is answered in it is not tried again. */
  answersFile: string;
  lanes?: number | undefined;
  signal: AbortSignal;
  /** @param position how much of all the work is done, from 0 to 1 */
  onAnswer?: (tally: PropertyTally, position: number) => void;
}): Promise<StorageMeasured> {
  const tally = new PropertyTally(properties);
  const all = tasksOf(properties);
  const known = new Map((answerLines(answersFile) as KeptAnswer[]).map((kept) => [keyOf(kept.task), kept]));
  for (const { answer, task } of known.values()) tally.add(answer, task);
  const tasks = all.filter((task) => !known.has(keyOf(task)));
  let done = all.length - tasks.length;
  if (tasks.length === 0) return { tally, complete: true, durationMs: 0 };
  let since = performance.now();
  let started: ProbeLanes | undefined;
  let taken = 0;
  try {
    started = await ProbeLanes.start(
      { storage, granularity: 'write', limit, fsck: 'never' },
      { place, space, lanes, signal },
    );
    since = performance.now();
    await started.measure(
      () => (signal.aborted ? null : (tasks[taken++] ?? null)),
      (answer, task) => {
        appendFileSync(answersFile, `${JSON.stringify({ task, answer } satisfies KeptAnswer)}\n`);
        tally.add(answer, task);
        onAnswer?.(tally, ++done / all.length);
      },
    );
  } catch (error) {
    // A lane that was ended has no answer.
    if (!signal.aborted) throw error;
  } finally {
    await started?.close();
  }
  return { tally, complete: done === all.length, durationMs: performance.now() - since };
}

function keyOf({ property, nth, schedule }: PropertyTask): string {
  return `${property} ${nth} ${schedule}`;
}

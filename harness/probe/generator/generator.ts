/**
 * All workloads of one, two or three core operations, each followed by a persistence point: bounded exhaustive in the
 * manner of ACE (Mohan et al., "Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing", OSDI 2018).
 *
 * Guarantees: number n of a length is the same workload on every machine and in every release with the same
 * `numbering`; none is invalid, none comes out of another by swapping names. Not every number is a workload: those that
 * would be invalid, or that another stands for, have none.
 */
import { seededRandom } from '../../explore/random.js';
import type { Operation } from '../workload/operation.js';
import type { Workload } from '../workload/workload.js';
import { type CoreOperation, coreOperations, heldName } from './core-operations.js';
import { NameSpace } from './name-space.js';
import { persistencePoints } from './persistence-points.js';
import { type Readings, readingsOf, standsForAll } from './symmetry.js';

/** Another list of operations, or another order of it, is another numbering. */
export const numbering = 1;

export type SequenceLength = 1 | 2 | 3;

export interface NumberedWorkload extends Workload {
  length: SequenceLength;
  number: number;
}

/** A core operation and what is made durable after it. */
interface Step {
  core: CoreOperation;
  persistence: Operation;
  readings: Readings;
}

let known: readonly Step[] | null = null;

/** All of them; a list is a matter of a tenth of a second, so it is made when it is asked for. */
function allSteps(): readonly Step[] {
  known ??= coreOperations.flatMap((core) =>
    persistencePoints(core).map((persistence) => ({
      core,
      persistence,
      readings: readingsOf([...core.lines, persistence]),
    })),
  );
  return known;
}

/** Numbers of a length are below this. */
export function numbersOf(length: SequenceLength): number {
  return allSteps().length ** length;
}

/** "2.1234": of two core operations, number 1234. */
export function numberedName({ length, number }: { length: SequenceLength; number: number }): string {
  return `${length}.${number}`;
}

/** The workload of a number; null where there is none. */
export function workloadAt(length: SequenceLength, number: number): NumberedWorkload | null {
  const steps = allSteps();
  const chosen: Step[] = [];
  for (let left = number, i = 0; i < length; i++) {
    chosen.unshift(steps[left % steps.length]!);
    left = Math.floor(left / steps.length);
  }
  if (!standsForAll(chosen.map(({ readings }) => readings))) return null;
  const names = new NameSpace();
  const body: Operation[] = [];
  for (const [i, { core, persistence }] of chosen.entries()) {
    if (!core.needs.every((need) => names.need(need))) return null;
    for (const line of [...core.lines, persistence]) {
      const operation = length === 1 ? line : named(line, `${heldName}${i + 1}`);
      if (!names.apply(operation)) return null;
      body.push(operation);
    }
  }
  return { length, number, setup: names.setup, body };
}

/** What is held open has a name of its own in each step. */
function named(operation: Operation, as: string): Operation {
  return Object.fromEntries(
    Object.entries(operation).map(([key, value]) => {
      if (value === `@${heldName}`) return [key, `@${as}`];
      return [key, key === 'as' ? as : value];
    }),
  ) as unknown as Operation;
}

/** All of a length, in the order of their numbers. */
export function* allWorkloads(length: SequenceLength): Generator<NumberedWorkload> {
  for (let number = 0; number < numbersOf(length); number++) {
    const workload = workloadAt(length, number);
    if (workload) yield workload;
  }
}

/**
 * So many of a length, each number once, in the order of their numbers. The same seed gives the same ones.
 * @param wanted no more come than there are
 */
export function sampleWorkloads(length: SequenceLength, wanted: number, seed: number): NumberedWorkload[] {
  const random = seededRandom(seed);
  const found = new Map<number, NumberedWorkload>();
  const asked = new Set<number>();
  const numbers = numbersOf(length);
  while (found.size < wanted && asked.size < numbers) {
    const number = Math.floor(random() * numbers);
    if (asked.has(number)) continue;
    asked.add(number);
    const workload = workloadAt(length, number);
    if (workload) found.set(number, workload);
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}

/**
 * When what a workload changed is written to the disk, while it runs and behind its last operation. Where all of it waits
 * for the end, most orders in which a kernel writes back never come up.
 */
import type { Operation } from './workload/operation.js';

export const schedules = {
  prompt: 'nothing is written until all of it is, at the end',
  commits: 'after each operation a neighbour makes the file system commit',
  overtaking:
    'after each operation its bytes are on their way to the disk while a neighbour makes the file system commit',
  backwards:
    'at the end the bytes of each operation are written, those of the last one first, with a commit behind each',
} as const;

export type ScheduleName = keyof typeof schedules;

export const scheduleNames = Object.keys(schedules) as ScheduleName[];

/** Those that differ for a workload: without bytes there are none to write early or late. */
export function schedulesFor(body: readonly Operation[]): ScheduleName[] {
  const writes = body.filter((operation) => writtenBy(operation) !== null).length;
  return scheduleNames.filter((name) => writes > 0 || name === 'prompt' || name === 'commits');
}

/** The range of a file's bytes that an operation leaves to be written back. */
export function writtenBy(operation: Operation): { path: string; at: number; length: number } | null {
  if (operation.op !== 'write' && operation.op !== 'store') return null;
  const { path, at, length } = operation;
  return { path, at, length };
}

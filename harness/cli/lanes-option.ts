import { UsageError } from '../verdict/errors.js';

/** More than any machine has cores for. */
const mostLanes = 1024;

/** @throws UsageError where so many lanes cannot be */
export function refuseLanes(lanes: number | undefined): void {
  if (lanes === undefined || (Number.isInteger(lanes) && lanes > 0 && lanes <= mostLanes)) return;
  throw new UsageError(`--lanes: expected a whole number from 1 to ${mostLanes}, got ${lanes}`);
}

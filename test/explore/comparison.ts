/** Lazy exploration against brute force: the differences, in words. None means that they say the same. */
import type { CrashPoint } from '../../harness/explore/crash-points.js';
import type { Leaf } from '../../harness/explore/point-search.js';
import { allSubsets, contentAfter, type Moment, moments, pendingOf } from './brute-force.js';
import { type ModelRecovery, plainDisk } from './model-recovery.js';
import type { SmallLog } from './small-log.js';

export type ModelLeaf = Pick<Leaf<string>, 'decisions' | 'judgement'>;

/** The moment a listed crash point means. */
export function momentOf(log: SmallLog, point: CrashPoint): Moment {
  const all = moments(log);
  const last = Math.max(...all.map((moment) => moment.last).filter((index) => index < point.logIndex));
  const candidates = all.filter((moment) => moment.last === last && moment.acks === point.acks);
  // After the last operation completed, unless it is a FUA write that was under way.
  const moment =
    point.openFua < 0
      ? candidates.at(-1)
      : candidates.find(({ units }) =>
          units.some(({ pending, index }) => pending && index === point.openFua),
        );
  if (!moment) throw new Error(`crash point ${JSON.stringify(point)} is no moment of the recording`);
  return moment;
}

export function differences(
  log: SmallLog,
  point: CrashPoint,
  leaves: readonly ModelLeaf[],
  recover: ModelRecovery,
): string[] {
  const moment = momentOf(log, point);
  const pending = pendingOf(moment);
  const found: string[] = [];
  for (const { decisions } of leaves) {
    const decided = decisions.map(({ piece }) => piece);
    if (new Set(decided).size < decided.length) found.push(`a leaf decides a piece twice: ${decided}`);
    const foreign = decided.filter((piece) => !pending.includes(piece));
    if (foreign.length > 0) found.push(`a leaf decides ${foreign}, pending are ${pending}`);
  }
  const covered = leaves.reduce((sum, { decisions }) => sum + 2 ** (pending.length - decisions.length), 0);
  if (covered !== 2 ** pending.length)
    found.push(`the leaves cover ${covered} of ${2 ** pending.length} states`);
  for (const lost of allSubsets(pending)) {
    const state = `point ${point.id}, lost [${[...lost]}]`;
    const own = leaves.filter(({ decisions }) =>
      decisions.every(({ piece, present }) => present !== lost.has(piece)),
    );
    if (own.length !== 1) {
      found.push(`${state}: in ${own.length} leaves`);
      continue;
    }
    const expected = recover(plainDisk(contentAfter(log, moment, lost)));
    if (own[0]!.judgement !== expected) found.push(`${state}: ${own[0]!.judgement}, should be ${expected}`);
  }
  return found;
}

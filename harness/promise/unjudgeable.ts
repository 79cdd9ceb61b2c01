import type { Promise_ } from '../scenario/schema/promise.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { isNamed } from './globs.js';
import { promisesDurability } from './promises.js';

/**
 * Why a run says nothing about what was promised, one sentence each: then nothing that was found, or not found, is a
 * pass.
 *
 * @param run what either engine saw: names that ever were in the directory (asked for only where the promise has some),
 *   how many acks were given, and whether the disk failed (a program that is told so, and gives no ack, does what it
 *   should)
 */
export function unjudgeable(
  { ack, checker }: Pick<Scenario, 'ack' | 'checker'>,
  promises: Promise_,
  run: { names: () => Iterable<string>; acks: number; diskFailed: boolean },
): string[] {
  const doubts: string[] = [];
  const asked = promisesDurability(promises) || checker !== undefined;
  if (run.acks === 0 && !run.diskFailed && ack.stdout !== undefined && asked) {
    doubts.push(
      `no line of standard output matched ack.stdout (${ack.stdout}), so nothing was promised: correct the pattern, or leave it out`,
    );
  }
  let names: readonly string[] | null = null;
  for (const kind of ['files', 'atomic', 'gone'] as const) {
    for (const glob of promises[kind]) {
      names ??= [...run.names()];
      if (names.some((name) => isNamed(name, [glob]))) continue;
      doubts.push(`promise.${kind}: no file named ${glob} ever existed, so nothing was judged by it`);
    }
  }
  return doubts;
}

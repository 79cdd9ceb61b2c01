import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { RunResult } from '../../../harness/verdict/results.js';

export const seed = 1;
export const need = { qemu: true };
/** Where it does not matter what runs the guest, it is the one that starts at once. */
export const umlNeed = {
  commands: ['setpriv', 'python3', 'dmsetup', 'mkfs.ext4', 'apt-get', 'dpkg-deb', 'depmod', 'modprobe'],
};

/** The run of a scenario. */
export function runOf(runs: RunResult[], scenario: string): RunResult {
  return runs.find((run) => run.scenario === scenario)!;
}

/** A broken promise with the round that showed it, to be seen again. */
export function showsRound(
  t: Test,
  run: RunResult,
  { rounds, seed }: { rounds: number; seed: number },
): void {
  t.equal(run.observed, 'violation', `${run.scenario}: ${JSON.stringify(run.notes)}`);
  const [finding] = run.findings;
  t.equal(finding?.evidence, 'observed');
  t.equal(finding?.crash_point?.seed, seed);
  const { round = 0 } = finding?.crash_point ?? {};
  t.ok(round >= 1 && round <= rounds, `found in round ${round} of ${rounds}`);
  t.match(finding?.reproduce, new RegExp(`--seed ${seed}`));
  t.ok(existsSync(join(run.run, 'trace', 'events.ndjson')), 'the round is kept');
}

/**
 * Power really lost, in guests. Broken programs are found and right ones are not; a missing barrier is seen by the
 * methods with a disk whose cache can be lost, and not by dm-flakey: the table in docs/vm.md.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { RunResult } from '../../../harness/verdict/results.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const seed = 1;
const need = { qemu: true };
const one = (runs: RunResult[], scenario: string, method = ''): RunResult =>
  runs.find((run) => run.scenario === scenario && run.storage.includes(method))!;

function showsRound(t: Test, run: RunResult, rounds: number): void {
  t.equal(run.observed, 'violation', `${run.scenario}: ${JSON.stringify(run.notes)}`);
  const [finding] = run.findings;
  t.equal(finding?.evidence, 'observed');
  t.equal(finding?.crash_point?.seed, seed);
  const { round = 0 } = finding?.crash_point ?? {};
  t.ok(round >= 1 && round <= rounds, `found in round ${round} of ${rounds}`);
  t.match(finding?.reproduce, new RegExp(`--seed ${seed}`));
  t.ok(existsSync(join(run.run, 'trace', 'events.ndjson')), 'the round is kept');
}

t.test('dm-flakey: broken programs are found, right ones never', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(
    [
      ...['--place', 'vm', '--method', 'dm-flakey', '--rounds', '5', '--seed', `${seed}`],
      'scenarios/broken/no-fsync.yaml',
      'scenarios/broken/ack-before-fsync.yaml',
      'scenarios/seeds/atomic-replace.yaml',
    ],
    { timeoutMs: 280_000 },
  );
  for (const name of ['no-fsync', 'ack-before-fsync']) showsRound(t, one(results.runs, name), 5);
  const right = one(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: 5 }]);
  for (const { calibration } of results.runs) t.equal(calibration?.outcome, 'pass', `${calibration?.detail}`);
  t.same(bench.leftovers(), []);
});

t.test('power: a broken program is found, a right one goes on with what survived', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(
    [
      ...['--place', 'vm', '--method', 'power', '--rounds', '3', '--seed', `${seed}`, '--no-calibrate'],
      'scenarios/broken/no-fsync.yaml',
      'scenarios/seeds/atomic-replace.yaml',
    ],
    { timeoutMs: 280_000 },
  );
  showsRound(t, one(results.runs, 'no-fsync'), 3);
  const right = one(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: 3 }]);
  t.same(bench.leftovers(), []);
});

t.test('a missing barrier, a lying disk: found by disk and power, not by dm-flakey', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const storage = (method: string): object => ({ fs: 'ext4', mount: ['nobarrier'], method });
  const file = join(bench.folder, 'nobarrier.yaml');
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({
      name: 'nobarrier',
      workload: { run: 'python3 $WORKLOADS/seeds/directory_sync.py' },
      ack: { stdout: '^(Synced .+)$' },
      promise: { snapshot: true },
      storage: [
        storage('disk'),
        storage('dm-flakey'),
        storage('power'),
        { fs: 'ext4', method: 'power', disk: { cache: 'lying' } },
      ],
      place: 'vm',
      live: { rounds: 4 },
    }),
  );
  const { results } = await bench.run([file, '--seed', `${seed}`, '--no-calibrate'], { timeoutMs: 280_000 });
  const [disk, flakey, power, lying] = results.runs;
  t.equal(disk?.observed, 'violation', 'disk sees what was never flushed');
  // Everything sent before the cut is on the disk below dm-flakey: it has no cache to lose.
  t.equal(flakey?.observed, 'pass', 'dm-flakey does not');
  t.equal(power?.observed, 'violation', 'a machine that loses power does');
  t.equal(lying?.observed, 'violation', 'nor is a disk that lies believed');
  t.ok(power!.coverage[0]!.pending_writes > 0, 'its disk had a cache to lose');
});

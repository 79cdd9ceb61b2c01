/** Runs by way of a queue: what they say is what they say without one, also when a worker is killed over its job. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { TestRedis } from '../queue/redis-server.js';
import { requires } from '../require.js';
import { twoDisks } from '../server/two-disks.js';
import { Bench, hostNeed, letAlone } from './plugpull.js';

/** Without the places and times of a run. */
function said({ runs, verdict }: Results) {
  return {
    verdict,
    runs: runs.map(({ run: _, timing_ms: __, findings, coverage, ...rest }: RunResult) => ({
      ...rest,
      // A lane knows crash states of the points that it explored itself.
      coverage: coverage.map((one) => ({ ...one, recoveries: 0 })),
      findings: findings.map(({ reproduce: _, ...finding }) => finding),
    })),
  };
}

/** Each file is created and synced, and its name is not: the contract does not owe it, and ext4 keeps it. */
const workload = [
  ...['--fs', 'ext4', '--size', '64M', '--ack-stdout', '^saved (.*)$', '--', 'sh', '-c'],
  'for i in 1 2 3 4 5 6 7 8; do echo $i > f$i; sync f$i; echo saved f$i; done',
];

/** A bench of its own, and a Redis, until the test is over. */
async function queueFor(t: Test) {
  const bench = new Bench();
  const redis = await TestRedis.start();
  t.teardown(async () => {
    await redis.close();
    bench.close();
  });
  const store = join(bench.folder, 'store');
  return { bench, store, queue: ['--queue', redis.url, '--store', store] };
}

t.test('crash points that workers explored, one of them killed', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'redis-server', 'strace'] })) return;
  const { bench, store, queue } = await queueFor(t);
  const { results } = await bench.run(['--no-calibrate', ...workload]);
  const recorded = results.runs[0]!.run;
  const check = ['check', recorded, '--no-calibrate', '--json', '--out', join(bench.folder, 'checked')];
  const whole = JSON.parse((await bench.plugpull(check)).stdout) as Results;
  t.equal(whole.runs[0]!.coverage[0]!.exhaustive, true);
  t.ok(whole.runs[0]!.coverage[0]!.recoveries > 50);

  const asking = bench.start([...check, ...queue]);
  const first = bench.start(['worker', ...queue, '--lanes', '1']);
  const isTaken = (): boolean => {
    const takers = join(store, 'takers');
    try {
      return readdirSync(takers).some((job) => readdirSync(join(takers, job)).length > 0);
    } catch {
      return false;
    }
  };
  while (!isTaken()) await sleep(20);
  first.kill('SIGKILL');
  await first.ended;
  const second = bench.start(['worker', ...queue, '--lanes', '1']);
  t.teardown(() => second.kill('SIGKILL'));
  const { exitCode, stdout, stderr } = await asking.ended;
  t.equal(exitCode, 1, stderr);
  t.strictSame(said(JSON.parse(stdout)), said(whole));
  second.kill('SIGINT');
  await second.ended;
  t.ok(readdirSync(join(store, 'answers')).length > 1, 'in more jobs than one');
  t.strictSame(bench.leftovers(), []);
});

t.test('crash states of two disks together, explored by a worker', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'redis-server'] })) return;
  const { bench, queue } = await queueFor(t);
  for (const [firstSyncs, observed] of [
    [true, 'pass'],
    [false, 'violation'],
  ] as const) {
    const file = join(bench.folder, 'scenario.yaml');
    writeFileSync(file, JSON.stringify(twoDisks(firstSyncs)));
    const { results: whole } = await letAlone(
      () => bench.run([file, '--no-calibrate']),
      ({ results }) => results.runs[0]!.observed === observed,
    );
    t.equal(whole.runs[0]!.observed, observed);
    const check = ['check', whole.runs[0]!.run, '--no-calibrate', '--json', ...queue];
    const asking = bench.start([...check, '--out', join(bench.folder, `${observed}-asked`)]);
    const worker = bench.start(['worker', ...queue, '--lanes', '1']);
    t.teardown(() => worker.kill('SIGKILL'));
    const { exitCode, stdout, stderr } = await asking.ended;
    worker.kill('SIGINT');
    await worker.ended;
    t.equal(exitCode, observed === 'pass' ? 0 : 1, stderr);
    const [asked] = (JSON.parse(stdout) as Results).runs;
    const told = ({ observed, findings, coverage }: RunResult) => ({
      observed,
      findings: findings.map(({ property, lost }) => ({ property, lost })),
      coverage: coverage.map(({ crash_points, states, exhaustive }) => ({
        crash_points,
        states,
        exhaustive,
      })),
    });
    t.strictSame(told(asked!), told(whole.runs[0]!));
  }
  t.ok(readdirSync(join(bench.folder, 'store', 'answers')).length > 1, 'by the worker');
  t.strictSame(bench.leftovers(), []);
});

t.test('several runs are jobs of their own, and lie here as if they had been done here', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'redis-server', 'python3'] })) return;
  const { bench, queue } = await queueFor(t);
  const worker = bench.start(['worker', ...queue, '--lanes', '1']);
  t.teardown(() => worker.kill('SIGKILL'));
  const asked = ['--no-calibrate', '--engine', 'replay', '--recordings', '1'];
  const scenarios = ['scenarios/storage/ext4-nobarrier.yaml', 'scenarios/seeds/basic-sync.yaml'];
  const { results, ended } = await bench.run([...asked, '--fs', 'ext4', ...scenarios, ...queue]);
  t.equal(readdirSync(join(bench.folder, 'store', 'answers')).length, 2, 'two jobs');
  worker.kill('SIGINT');
  t.equal((await worker.ended).exitCode, 130);
  const { results: alone, ended: aloneEnded } = await bench.run([...asked, '--fs', 'ext4', ...scenarios]);
  t.equal(ended.exitCode, aloneEnded.exitCode);
  const outcomes = ({ runs }: Results) =>
    runs.map(({ scenario, storage, verdict, met }) => ({ scenario, storage, verdict, met }));
  t.strictSame(outcomes(results), outcomes(alone));
  for (const { run, findings } of results.runs) {
    t.ok(run.startsWith(bench.folder), run);
    const shown = await bench.plugpull(['show', run]);
    t.equal(shown.exitCode, findings.length > 0 ? 1 : 0, shown.stderr);
  }
  t.strictSame(bench.leftovers(), []);
});

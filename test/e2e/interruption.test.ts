/** Ctrl-C keeps what is finished; a run killed with -9 leaves nothing that cannot be removed, and resumes. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const scenarios = ['scenarios/broken/no-fsync.yaml', 'scenarios/seeds/atomic-replace.yaml'];
const need = { ...hostNeed, commands: ['nbdfuse', 'python3'] };

/** What must be the same however often a run was interrupted: all but times, sizes of recordings and paths. */
const essence = (runs: readonly RunResult[]): unknown =>
  runs.map(({ scenario, storage, verdict, findings }) => ({
    scenario,
    storage,
    verdict,
    findings: findings.map(({ kind, promise, lost }) => ({ kind, promise, lost })).slice(0, 1),
  }));

t.test('Ctrl-C ends in order, keeps results and says how to go on', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const out = join(bench.folder, 'out');
  const child = bench.start([
    'run',
    ...scenarios,
    '--out',
    out,
    '--no-calibrate',
    '--budget',
    'recoveries=100000',
    '--granularity',
    'sector',
  ]);
  while (!existsSync(join(out, 'latest', 'no-fsync--ext4', 'explore.ndjson'))) await sleep(20);
  child.kill('SIGINT');
  const { exitCode, stderr } = await child.ended;
  t.equal(exitCode, 130);
  t.match(stderr, /go on with: plugpull run --resume/);
  t.ok(existsSync(join(out, 'latest', 'results.json')), 'results so far are there');
  t.strictSame(bench.leftovers(), []);
});

/** What a run has made by then, below its results or its state folder: a time would be another moment on a busy machine. */
const moments = [
  {
    when: 'as soon as it has a folder',
    made: ({ state }) => existsSync(state) && readdirSync(state).some((name) => /^\d+-/.test(name)),
  },
  { when: 'while it records', made: ({ run }) => existsSync(join(run, 'no-fsync--ext4/trace')) },
  { when: 'while it explores', made: ({ run }) => existsSync(join(run, 'no-fsync--ext4/explore.ndjson')) },
  { when: 'in its second scenario', made: ({ run }) => existsSync(join(run, 'atomic-replace--ext4/trace')) },
] satisfies { when: string; made: (folders: { state: string; run: string }) => boolean }[];

t.test('kill -9 at any moment: doctor --clean removes everything, --resume finds the same', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const undisturbed = await bench.run([...scenarios, '--no-calibrate']);
  let last = '';
  for (const [nth, { when, made }] of moments.entries()) {
    let exitCode: number | undefined = 0;
    // One that ended while this process had to wait for a processor was not killed.
    for (let tries = 0; exitCode !== undefined && tries < 10; tries++) {
      const out = join(bench.folder, `killed-${nth}-${tries}`);
      last = join(out, 'latest');
      const child = bench.start(['run', ...scenarios, '--out', out, '--no-calibrate']);
      while (!made({ state: bench.stateFolder, run: last })) await sleep(5);
      child.kill('SIGKILL');
      ({ exitCode } = await child.ended);
    }
    t.equal(exitCode, undefined, `killed before it ended: ${when}`);
    const cleaned = await bench.plugpull(['doctor', '--clean']);
    t.equal(cleaned.exitCode, 0, cleaned.stdout);
    t.strictSame(bench.leftovers(), [], `killed ${when}`);
  }
  const resumed = await bench.plugpull(['run', '--json', '--resume', last]);
  t.same(essence(JSON.parse(resumed.stdout).runs), essence(undisturbed.results.runs));
  t.strictSame(bench.leftovers(), []);
});

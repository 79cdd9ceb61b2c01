/**
 * SIGINT and SIGTERM are heard whatever a run waits for: each moment is one at which something hangs for good, so that a
 * run that did not listen would end long after the test. Nothing is left, and what was finished is printed.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** Long enough for nobody to wait for it, and short of every limit that ends it otherwise. */
const hang = (marker: string): string => `touch ${marker}; sleep 600`;
const right = 'echo hi > a; sync a .; echo "ack a"';

interface Moment {
  scenario: (marker: string, folder: string) => Record<string, unknown>;
  args?: string[];
}

/** The `n`-th time hangs, the times before do what is right. */
const hangsAt = (n: number, marker: string, folder: string, first: string): string =>
  `echo >> ${folder}/times; if [ $(wc -l < ${folder}/times) -ge ${n} ]; then ${hang(marker)}; fi; ${first}`;

const checker = (run: string, persistent: boolean): Record<string, unknown> => ({
  run,
  persistent,
  timeout: '500s',
});
const persistentAnswers = (marker: string, folder: string, n: number): string =>
  `while read -r line; do ${hangsAt(n, marker, folder, `echo '{"outcome": "pass"}'`)}; done`;

const byCalls = ['--engine', 'contract'];
const onDisk = ['--fs', 'ext2', '--recordings', '1', '--engine', 'replay'];

const moments: Record<string, Moment> = {
  'the setup': { scenario: (marker) => ({ workload: { setup: hang(marker), run: right } }), args: byCalls },
  'the workload': { scenario: (marker) => ({ workload: { run: hang(marker) } }), args: byCalls },
  'the workload, run again for its source lines': {
    scenario: (marker, folder) => ({
      workload: { run: hangsAt(2, marker, folder, 'echo hi > a; echo "ack a"') },
    }),
    args: byCalls,
  },
  'a checker': {
    scenario: (marker, folder) => ({
      workload: { run: right },
      checker: checker(hangsAt(2, marker, folder, 'exit 0'), false),
    }),
    args: byCalls,
  },
  'a persistent checker': {
    scenario: (marker, folder) => ({
      workload: { run: right },
      checker: checker(persistentAnswers(marker, folder, 2), true),
    }),
    args: byCalls,
  },
  'the setup on a recorded disk': {
    scenario: (marker) => ({ workload: { setup: hang(marker), run: right } }),
    args: onDisk,
  },
  'the workload on a recorded disk': {
    scenario: (marker) => ({ workload: { run: hang(marker) } }),
    args: onDisk,
  },
  'a checker of recovered states': {
    scenario: (marker, folder) => ({
      workload: { run: right },
      checker: checker(hangsAt(2, marker, folder, 'exit 0'), false),
    }),
    args: onDisk,
  },
  'a persistent checker of recovered states': {
    scenario: (marker, folder) => ({
      workload: { run: right },
      checker: checker(persistentAnswers(marker, folder, 2), true),
    }),
    args: onDisk,
  },
};

t.test('a signal is heard while something hangs', { jobs: 2 }, async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace'] })) return;
  for (const [nth, [what, { scenario, args = [] }]] of Object.entries(moments).entries()) {
    void t.test(what, async (t) => {
      const bench = new Bench();
      t.teardown(() => bench.close());
      const marker = join(bench.folder, 'there');
      const done = join(bench.folder, 'done.yaml');
      const hanging = join(bench.folder, 'hanging.yaml');
      const ack = { stdout: '^ack .*$' };
      writeFileSync(
        done,
        JSON.stringify({ name: 'done', workload: { run: right }, ack, engine: ['contract'] }),
      );
      writeFileSync(hanging, JSON.stringify({ name: 'hanging', ack, ...scenario(marker, bench.folder) }));
      const out = join(bench.folder, 'out');
      const run = bench.start(['run', '--json', '--no-calibrate', '--out', out, ...args, hanging]);
      let ended = false;
      void run.ended.then(() => {
        ended = true;
      });
      while (!existsSync(marker) && !ended) await sleep(20);
      t.notOk(ended, 'it hangs');
      const from = performance.now();
      run.kill(nth % 2 === 0 ? 'SIGINT' : 'SIGTERM');
      const { exitCode, stdout, stderr } = await run.ended;
      const ms = Math.round(performance.now() - from);
      t.comment(`${what}: ${ms} ms`);
      t.equal(exitCode, 130, stderr);
      t.match(stderr, /stopping; press Ctrl-C again/);
      t.match(JSON.parse(stdout) as Results, { verdict: 'unknown', runs: [] });
      t.strictSame(bench.leftovers(), []);
    });
  }
});

/** From when it calls this function of node:fs with such a path, for the first time, whoever works does nothing else any more. */
const busyFrom = (name: string, path: RegExp, marker: string): string => {
  const program = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads';
    const { ${name}, existsSync, writeFileSync } = fs;
    if (!isMainThread) fs.${name} = (path, ...more) => {
      if (!${path}.test(path) || existsSync('${marker}')) return ${name}(path, ...more);
      writeFileSync('${marker}', '');
      for (;;);
    };
    syncBuiltinESMExports();`;
  return `--import data:text/javascript,${encodeURIComponent(program)}`;
};

t.test('a signal is heard while something keeps the processor busy', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace'] })) return;
  const busy: Record<string, { name: string; path: RegExp; args: string[]; isFinished?: boolean }> = {
    'the system calls are judged': { name: 'openSync', path: /calls\.strace$/, args: byCalls },
    'its files are removed': {
      name: 'rmSync',
      path: /state\/\d+-[0-9a-f]+$/,
      args: byCalls,
      isFinished: true,
    },
    'a recorded disk is judged': { name: 'readFileSync', path: /manifest\.json$/, args: onDisk },
  };
  for (const [nth, [what, { name, path, args, isFinished }]] of Object.entries(busy).entries()) {
    const bench = new Bench();
    t.teardown(() => bench.close());
    const marker = join(bench.folder, 'there');
    const file = join(bench.folder, 'right.yaml');
    writeFileSync(file, JSON.stringify({ name: 'right', workload: { run: right }, ack: { stdout: '^ack' } }));
    bench.extraEnv = { NODE_OPTIONS: busyFrom(name, path, marker) };
    const run = bench.start([
      'run',
      '--json',
      '--no-calibrate',
      '--out',
      join(bench.folder, 'out'),
      ...args,
      file,
    ]);
    while (!existsSync(marker)) await sleep(20);
    run.kill(nth % 2 === 0 ? 'SIGTERM' : 'SIGINT');
    const { exitCode, stdout, stderr } = await run.ended;
    t.equal(exitCode, 130, `${what}: ${stderr}`);
    const { verdict, runs } = JSON.parse(stdout) as Results;
    t.equal(verdict, isFinished ? 'pass' : 'unknown', what);
    t.equal(runs.length, isFinished ? 1 : 0, what);
    t.match(stderr, /removing what it made/, what);
    t.strictSame(bench.leftovers(), [], what);
  }
});

t.test('an error that nobody waited for ends the work, and nothing is left', async (t) => {
  if (!requires(t, { root: true, commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const faulty = `import { isMainThread } from 'node:worker_threads';
    import { existsSync, rmSync } from 'node:fs';
    const fails = () => {
      if (!existsSync('${bench.folder}/there')) return;
      rmSync('${bench.folder}/there');
      throw new TypeError('nobody waited for this');
    };
    if (!isMainThread) setInterval(fails, 20).unref();`;
  bench.extraEnv = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(faulty)}` };
  const out = join(bench.folder, 'out');
  const args = ['run', ...byCalls, '--out', out, '--ack-stdout', '^ack', '--'];
  const { exitCode, stderr } = await bench.plugpull([...args, `touch ${bench.folder}/there; sleep 600`]);
  t.equal(exitCode, 70, stderr);
  t.match(stderr, /a fault of plugpull's own.*\n.*TypeError: nobody waited for this/);
  t.strictSame(bench.leftovers(), []);
});

t.test('a lane of a probe that hangs is not waited for', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const marker = join(bench.folder, 'there');
  const hangs = `import { writeFileSync } from 'node:fs';
    if (/host-lane-process/.test(process.argv[1])) { writeFileSync('${marker}', ''); for (;;); }`;
  bench.extraEnv = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hangs)}` };
  const out = join(bench.folder, 'out');
  const run = bench.start(['probe', '--json', '--fs', 'ext2', '--lanes', '1', '--out', out]);
  while (!existsSync(marker)) await sleep(20);
  run.kill('SIGTERM');
  const { exitCode, stdout, stderr } = await run.ended;
  t.equal(exitCode, 130, stderr);
  t.match(JSON.parse(stdout), { tool: { name: 'plugpull' } }, 'what is known is printed');
  t.strictSame(bench.leftovers(), []);
});

t.test('a second signal leaves at once, and somebody else cleans up', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const marker = join(bench.folder, 'there');
  // The first one is heard, and cannot get further than this.
  const deaf = `trap '' TERM INT; touch ${marker}; while :; do sleep 1; done`;
  const file = join(bench.folder, 'deaf.yaml');
  writeFileSync(file, JSON.stringify({ name: 'deaf', workload: { run: deaf }, ack: { stdout: '^ack' } }));
  const slow =
    "import fs from 'node:fs'; const kill = process.kill.bind(process); process.kill = (pid, signal) => signal === 'SIGKILL' || kill(pid, signal);";
  bench.extraEnv = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(slow)}` };
  const interrupted = async () => {
    rmSync(marker, { force: true });
    const run = bench.start(['run', '--out', join(bench.folder, 'out'), ...byCalls, file]);
    while (!existsSync(marker)) await sleep(20);
    run.kill('SIGINT');
    const first = performance.now();
    await sleep(1500);
    run.kill('SIGINT');
    // So much later it ends where it stands, without a second one.
    const isLate = performance.now() - first > 4000;
    return { isLate, ...(await run.ended) };
  };
  let ended = await interrupted();
  for (let tries = 0; ended.isLate && tries < 10; tries++) ended = await interrupted();
  const { exitCode, stderr } = ended;
  t.equal(exitCode, 130);
  t.notMatch(stderr, /could not remove/, 'the first did not get there');
  t.not(bench.leftovers().length, 0, 'and has not cleaned up');
  bench.extraEnv = {};
  await bench.plugpull(['doctor', '--clean']);
  t.strictSame(bench.leftovers(), []);
});

t.test('a results folder that is removed meanwhile is an error that says so', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace'] })) return;
  for (const args of [byCalls, onDisk])
    for (const how of ['while it runs', 'while it stops']) {
      const bench = new Bench();
      t.teardown(() => bench.close());
      const marker = join(bench.folder, 'there');
      const go = join(bench.folder, 'go');
      const file = join(bench.folder, 'waits.yaml');
      const waits = `echo hi > a; sync a .; echo "ack a"; touch ${marker}; while ! [ -e ${go} ]; do sleep 0.05; done`;
      writeFileSync(
        file,
        JSON.stringify({ name: 'waits', workload: { run: waits }, ack: { stdout: '^ack .*$' } }),
      );
      const out = join(bench.folder, 'out');
      const run = bench.start(['run', '--json', '--no-calibrate', '--out', out, ...args, file]);
      while (!existsSync(marker)) await sleep(20);
      rmSync(out, { recursive: true });
      if (how === 'while it runs') writeFileSync(go, '');
      else run.kill('SIGTERM');
      const { exitCode, stderr } = await run.ended;
      const what = `${args.at(-1)}, ${how}`;
      t.equal(exitCode, how === 'while it runs' ? 69 : 130, `${what}: ${stderr}`);
      t.match(stderr, /expected the results folder, found nothing: somebody removed it meanwhile/, what);
      t.notMatch(stderr, /^ +at /m, 'no stack');
      t.strictSame(bench.leftovers(), [], what);
    }
});

/** Workloads that leave what cannot be looked at, or not removed as it is: a verdict, a sentence, and nothing left. */
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const acked = 'echo hi > a; sync a .; echo ack';
/** Twenty-five names of 200 letters, each in the one before: longer together than a path may be. */
const deep = `python3 -c 'import os
for _ in range(25):
    os.mkdir("d" * 200); os.chdir("d" * 200)'`;

const cases: [what: string, command: string, outcome: 'pass' | 'unknown', says: RegExp | null][] = [
  [
    'removes its folder',
    `${acked}; rm -rf "$PWD"`,
    'unknown',
    /the workload removed the folder that it was started in/,
  ],
  ['makes a path that is too long', `${acked}; ${deep}`, 'unknown', /longer than the 4095 bytes/],
  ['makes a file that is not to be changed', `${acked}; chattr +i a 2>/dev/null || :`, 'pass', null],
  ['takes its rights away', `${acked}; mkdir d; chmod 0 d`, 'pass', null],
];

t.test('a workload that leaves what is hard to look at or to remove', { jobs: 2 }, async (t) => {
  if (!requires(t, { root: true, commands: ['strace', 'python3'] })) return;
  for (const [what, command, outcome, says] of cases) {
    void t.test(what, async (t) => {
      const bench = new Bench();
      t.teardown(() => bench.close());
      const { ended, results } = await bench.run([
        ...['--engine', 'contract', '--ack-stdout', '^ack'],
        ...['--', command],
      ]);
      t.equal(ended.exitCode, outcome === 'pass' ? 0 : 2, ended.stderr);
      t.match(results.runs, [{ verdict: outcome, contract: outcome, observed: null, scenario: 'echo' }]);
      if (says) t.match(results.runs[0]!.notes.join('\n'), says);
      t.notMatch(ended.stderr, /could not remove|^ +at /m);
      t.strictSame(bench.leftovers(), []);
    });
  }
});

t.test('what is wrong with a thousand folders is told in more than one message', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // Their paths together are longer than what a write to the lane may have (1 MiB).
  const levels = `python3 -c 'import os
for _ in range(1100):
    os.mkdir("d"); os.chdir("d")'`;
  const { ended, results } = await bench.run([
    ...['--engine', 'replay', '--fs', 'ext2', '--recordings', '1', '--no-calibrate', '--ack-stdout', '^ack'],
    ...['--budget', 'recoveries=8', '--', `${levels}; echo ack`],
  ]);
  t.equal(ended.exitCode, 1, ended.stderr);
  t.match(results.runs, [{ observed: 'violation' }]);
});

t.test('who kills its parent and its group hits nobody but itself', { jobs: 2 }, async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace', 'perl'] })) return;
  const engines = {
    contract: ['--engine', 'contract'],
    replay: ['--engine', 'replay', '--fs', 'ext2', '--recordings', '1', '--no-calibrate'],
  };
  const everybody = 'kill $PPID; kill -HUP $PPID; trap "" TERM; kill 0;';
  const part: [who: string, args: string[], verdict: 'pass' | 'unknown'][] = [
    [
      'each',
      ['--setup', everybody, '--checker', `${everybody} exit 0`, '--', `${everybody} ${acked}`],
      'pass',
    ],
    ['the workload, its guard', ['--', `kill -9 $PPID; sleep 0.1; ${acked}`], 'unknown'],
    ['the checker, its guard', ['--checker', 'kill -9 $PPID; exit 0', '--', acked], 'unknown'],
  ];
  for (const [engine, by] of Object.entries(engines))
    for (const [who, args, verdict] of part)
      void t.test(`${engine}: ${who}`, async (t) => {
        const bench = new Bench();
        t.teardown(() => bench.close());
        const { ended, results } = await bench.run([...by, '--ack-stdout', '^ack', ...args]);
        t.equal(results.verdict, verdict, JSON.stringify(results.runs[0]?.notes));
        t.equal(ended.exitCode, verdict === 'pass' ? 0 : 2, ended.stderr);
        t.notMatch(ended.stderr, /Warning:/, 'nothing of Node’s own');
        t.strictSame(bench.leftovers(), []);
      });
});

t.test('folders that cannot be made are refused at once', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const run = ['--engine', 'contract', '--', 'true'];
  const refusals: [args: string[], env: Record<string, string>, says: RegExp][] = [
    [['run', '--out', '/proc/none', ...run], {}, /--out: expected a folder that can be made .*\/proc\/none/],
    [['record', '--out', '/proc/none', '--', 'true'], {}, /--out: expected a folder that can be made/],
    [['run', '--out', '/dev/null', ...run], {}, /--out: .*\(ENOTDIR\)/],
    [['init', '/proc/none'], {}, /init: cannot write to \/proc\/none/],
    [
      ['run', '--out', join(bench.folder, 'out'), ...run],
      { PLUGPULL_STATE_DIR: '/proc/none' },
      /PLUGPULL_STATE_DIR: expected a folder that can be made/,
    ],
  ];
  for (const [args, env, says] of refusals) {
    bench.extraEnv = env;
    const { exitCode, stderr } = await bench.plugpull(args);
    t.equal(exitCode, 64, stderr);
    t.match(stderr, says);
    t.notMatch(stderr, /^ +at /m, 'no stack');
  }
});

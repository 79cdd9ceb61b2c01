/** Exit codes and streams of each outcome, by runs that need neither root nor a disk. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const save = `import os
fd = os.open('f', os.O_CREAT | os.O_WRONLY)
os.write(fd, b'data')
SYNC
print('saved', flush=True)
`;

function bench(test: Test): { bench: Bench; run: (...args: string[]) => ReturnType<Bench['plugpull']> } {
  const bench = new Bench();
  test.setTimeout(500_000);
  test.teardown(() => bench.close());
  const both = "os.fsync(fd); os.fsync(os.open('.', os.O_RDONLY))";
  writeFileSync(join(bench.folder, 'right.py'), save.replace('SYNC', both));
  writeFileSync(join(bench.folder, 'wrong.py'), save.replace('SYNC', ''));
  const out = join(bench.folder, 'out');
  const start = ['run', '--engine', 'contract', '--ack-stdout', '^saved', '--out', out];
  return { bench, run: (...args) => bench.plugpull([...start, ...args]) };
}

type Test = typeof t;
// Most of each is waiting for processes to start.
t.jobs = 3;
t.setTimeout(500_000);

const need = { commands: ['strace', 'python3'] };

t.test('0 and 1: the verdict; the document alone on standard output', async (t) => {
  if (!requires(t, need)) return;
  const { bench: at, run } = bench(t as Test);
  const right = await run('--json', '--', `python3 ${at.folder}/right.py`);
  t.equal(right.exitCode, 0, right.stderr);
  t.match(JSON.parse(right.stdout), { schema: 'plugpull.results/2', verdict: 'pass', met: null });
  const wrong = await run('--json', '--reporter', 'tap', '--', `python3 ${at.folder}/wrong.py`);
  t.equal(wrong.exitCode, 1);
  t.equal(wrong.stdout.split('\n').length, 1, 'one document, nothing else');
  t.match(JSON.parse(wrong.stdout), { verdict: 'violation' });
  t.match(wrong.stderr, /report\.tap/, 'where a report is goes to standard error');
});

t.test('0 and 1: a stated expectation decides', async (t) => {
  if (!requires(t, need)) return;
  const { bench: at, run } = bench(t as Test);
  at.extraEnv = { GITHUB_ACTIONS: 'true' };
  const guarded = await run('--expect', 'contract=pass', '--', `python3 ${at.folder}/wrong.py`);
  t.equal(guarded.exitCode, 1);
  t.match(
    guarded.stdout,
    /^::stop-commands::(\S+)\n[\s\S]*\n::\1::$/,
    'nothing a workload says is a command',
  );
  at.extraEnv = { GITHUB_ACTIONS: '' };
  const met = await run('--quiet', '--expect', 'contract=violation', '--', `python3 ${at.folder}/wrong.py`);
  t.match(met, {
    exitCode: 0,
    stderr: '',
    stdout: /^1 run: 1 violation; every run came out as its scenario/,
  });
  t.equal(met.stdout.split('\n').length, 1, 'quiet: the sentence alone');
});

t.test('2: what cannot be told', async (t) => {
  if (!requires(t, need)) return;
  const { bench: at, run } = bench(t as Test);
  const ended = await run('--checker', 'kill -9 $$', '--', `python3 ${at.folder}/right.py`);
  t.equal(ended.exitCode, 2);
  t.match(ended.stdout, /1 unknown/);
});

t.test('64: bad usage, before anything ran', async (t) => {
  const { bench: at, run } = bench(t as Test);
  for (const args of [
    ['--no-such-option'],
    ['--reporter', 'pdf'],
    ['--json', '--reporter', 'github'],
    ['--quiet', '--verbose'],
  ]) {
    const ended = await run(...args, '--', 'true');
    t.equal(ended.exitCode, 64, ended.stderr);
    t.equal(ended.stdout, '');
    t.match(ended.stderr, /^plugpull: /);
  }
  t.notOk(existsSync(join(at.folder, 'out')), 'no results folder');
});

t.test('69: something this machine lacks, with the package that brings it', async (t) => {
  const { bench: at, run } = bench(t as Test);
  mkdirSync(join(at.folder, 'bin'));
  at.extraEnv = { PATH: join(at.folder, 'bin') };
  const ended = await run('--', 'true');
  t.match(ended, { exitCode: 69, stdout: '', stderr: /strace[\s\S]*apt-get install strace/ });
});

t.test('70: a fault of its own, with where it happened', async (t) => {
  if (!requires(t, need)) return;
  const { bench: at, run } = bench(t as Test);
  const fault =
    "import fs from 'node:fs';import {syncBuiltinESMExports} from 'node:module';fs.renameSync=()=>{throw new TypeError('planted')};syncBuiltinESMExports();";
  at.extraEnv = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fault)}` };
  const ended = await run('--', 'true');
  t.match(ended, { exitCode: 70, stdout: '', stderr: /a fault of plugpull's own.*\n.*planted[\s\S]*at / });
});

t.test('130: interrupted, and says how to go on', async (t) => {
  if (!requires(t, need)) return;
  const { bench: at } = bench(t as Test);
  const started = join(at.folder, 'started');
  const out = join(at.folder, 'out');
  const child = at.start(['run', '--engine', 'contract', '--out', out, '--', `touch ${started}; sleep 3600`]);
  while (!existsSync(started)) await new Promise((done) => setTimeout(done, 50));
  child.kill('SIGINT');
  const ended = await child.ended;
  t.match(ended, { exitCode: 130, stdout: '', stderr: /go on with: plugpull run --resume/ });
  t.same(at.leftovers(), []);
});

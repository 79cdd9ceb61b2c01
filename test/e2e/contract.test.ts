/** The contract engine from the command line: alone without root, and joined with the replay engine. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { Finding } from '../../harness/verdict/finding.js';
import type { Results } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const straceNeed = { commands: ['strace', 'python3'] };
const bothNeed = { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] };
const seeds = (name: string): string => join(checkout, 'scenarios/seeds', `${name}.yaml`);
const broken = (name: string): string => join(checkout, 'scenarios/broken', `${name}.yaml`);
const byContract = (results: Results): Finding[] =>
  results.runs[0]!.findings.filter(({ evidence }) => evidence === 'contract');

/** plugpull as the user nobody, who may write to one folder only. */
async function asNobody(bench: Bench, args: string[]): Promise<{ exitCode: number; results: Results }> {
  const home = join(bench.folder, 'nobody');
  mkdirSync(home, { recursive: true });
  for (const folder of [bench.folder, home]) chmodSync(folder, 0o777);
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(checkout, 'dist/harness/cli/main.js'), 'run', '--json', '--out', join(home, 'out'), ...args],
    {
      cwd: home,
      env: { PLUGPULL_STATE_DIR: join(home, 'state'), XDG_CACHE_HOME: home, HOME: home },
      reject: false,
      stdin: 'ignore',
      timeout: 400_000,
      ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
    },
  );
  if (!stdout.startsWith('{')) throw new Error(`no document (exit ${exitCode}): ${stderr}`);
  return { exitCode: exitCode!, results: JSON.parse(stdout) as Results };
}

/** An environment with everything but strace, which stays out of sight behind a folder that comes first. */
function withoutStrace(bench: Bench): Record<string, string> {
  const shadow = join(bench.folder, 'bin');
  mkdirSync(shadow);
  writeFileSync(join(shadow, 'strace'), '#!/bin/sh\necho "ptrace: Operation not permitted" >&2\nexit 1\n');
  chmodSync(join(shadow, 'strace'), 0o755);
  return { PATH: `${shadow}:${process.env.PATH}` };
}

t.test('an ordinary user runs it, without a disk', async (t) => {
  if (!requires(t, straceNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const only = ['--engine', 'contract', '--ack-stdout', '^saved (.*)$', '--'];
  const wrong = await asNobody(bench, [...only, 'echo x > a; sync a; echo saved a']);
  t.equal(wrong.exitCode, 1);
  const run = wrong.results.runs[0]!;
  t.match(run, { verdict: 'violation', contract: 'violation', observed: null, met: null, storage: 'any' });
  t.match(run.coverage, [{ engine: 'contract', crash_points: 1, exhaustive: true }]);
  t.match(run.findings, [
    {
      id: 'C1',
      evidence: 'contract',
      masked: false,
      model: 'posix',
      paths: ['a'],
      property: "creat(a) needs fsync(.) before ack 'a'",
      reproduce: `plugpull show ${run.run} C1`,
    },
  ]);
  t.ok(existsSync(join(run.run, 'result.json')) && existsSync(join(run.run, 'trace', 'calls.strace')));
  const shown = await bench.plugpull(['show', run.run, 'C1']);
  t.equal(shown.exitCode, 0);
  t.match(shown.stdout, /durability by the posix model/);
  t.match(shown.stdout, /power cut +right after an ack \(line \d+ of the system-call log\)/);

  const right = await asNobody(bench, [...only, 'echo x > a; sync a .; echo saved a']);
  t.equal(right.exitCode, 0);
  const failing = await asNobody(bench, [...only, 'exit 3']);
  t.equal(failing.exitCode, 2, 'a workload that fails is unknown');
  const expected = await asNobody(bench, ['--engine', 'contract', seeds('basic-sync')]);
  t.match(expected.results.runs, [{ contract: 'violation', met: true }]);
  t.equal(expected.exitCode, 0, 'a violation that the scenario expects');
});

t.test('no strace: refused when asked for, a note when not', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  bench.extraEnv = withoutStrace(bench);
  const asked = await bench.plugpull(['run', '--engine', 'contract', '--out', bench.folder, '--', 'true']);
  t.equal(asked.exitCode, 69);
  t.match(asked.stderr, /strace may not trace here \(ptrace: Operation not permitted\)/);
  const { ended, results } = await bench.run(['--no-calibrate', '--', 'echo x > a']);
  t.equal(ended.exitCode, 0);
  t.match(results.runs[0], { contract: null, observed: 'pass' });
  t.match(results.runs[0]!.notes.join('\n'), /the contract was not judged: strace may not trace here/);
});

t.test('--engine replay traces nothing', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([seeds('basic-sync'), '--engine', 'replay', '--no-calibrate']);
  t.match(results.runs[0], { contract: null, observed: 'pass', verdict: 'pass', met: true });
  t.notOk(existsSync(join(results.runs[0]!.run, 'trace', 'calls.strace')));
});

t.test('basic-sync on ext4: a name that nobody synced, masked', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run([seeds('basic-sync')]);
  t.match(results.runs[0], { verdict: 'violation', contract: 'violation', observed: 'pass', met: true });
  const [finding, ...others] = byContract(results);
  t.strictSame(others, []);
  t.match(finding, { masked: true, storage: 'ext4', paths: ['notes.txt'] });
  t.match(finding!.property, /^creat\(notes\.txt\) needs fsync\(\.\) before ack/);
  t.match(finding!.cause[0]!.at, /^workloads\/seeds\/basic_sync\.py:\d+$/, 'with its source line');
  t.match(results.runs[0]!.notes.join('\n'), /no data is lost on ext4/);
  t.equal(ended.exitCode, 0);
  // The trace is all that judging again needs, not even strace.
  bench.extraEnv = withoutStrace(bench);
  const again = await bench.plugpull([
    'check',
    '--json',
    '--no-calibrate',
    '--out',
    bench.folder,
    results.runs[0]!.run,
  ]);
  t.match((JSON.parse(again.stdout) as Results).runs[0], {
    contract: 'violation',
    observed: 'pass',
    met: true,
  });
  t.strictSame(bench.leftovers(), []);
  // The system calls of a recorded disk alone: nothing is recovered.
  const calls = await bench.plugpull([
    ...['check', '--json', '--engine', 'contract', '--out', bench.folder],
    results.runs[0]!.run,
  ]);
  t.match((JSON.parse(calls.stdout) as Results).runs[0], { contract: 'violation', observed: null });
});

t.test('rename-without-fsync on ext4: shown, and linked to what was observed', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([broken('rename-without-fsync'), '--no-calibrate']);
  t.match(results.runs[0], { contract: 'violation', observed: 'violation', met: true });
  const observed = results.runs[0]!.findings.filter(({ evidence }) => evidence === 'observed');
  const contract = byContract(results);
  t.ok(observed.length > 0 && contract.length > 0);
  for (const finding of contract) {
    t.equal(finding.masked, false);
    t.match(finding.lost.at(-1), new RegExp(`lost on ext4, too: see .*${observed[0]!.id}`));
  }
});

t.test('directory-sync passes both', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([seeds('directory-sync'), '--no-calibrate']);
  t.match(results.runs[0], { verdict: 'pass', contract: 'pass', observed: 'pass', findings: [] });
});

t.test('error-handling under EIO acknowledges nothing; its broken twin does', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const right = await bench.run([seeds('error-handling-eio'), '--no-calibrate']);
  t.match(right.results.runs[0], { contract: 'pass', observed: 'pass', findings: [], met: true });
  t.notMatch(readFileSync(join(right.results.runs[0]!.run, 'trace/workload.out'), 'utf8'), /Saved/);
  const twin = await bench.run([broken('eio-swallowed'), '--no-calibrate']);
  t.match(twin.results.runs[0], { contract: 'violation', observed: 'violation', met: true });
  t.match(byContract(twin.results)[0], { kind: 'fsync_error', masked: false });
});

t.test('a child left in the background does not keep the run waiting, and its log is whole', async (t) => {
  if (!requires(t, bothNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([
    '--no-calibrate',
    '--timeout',
    '1h',
    '--',
    // Longer than the test may take.
    'echo x > a; sync a .; sleep 3000 &',
  ]);
  t.match(results.runs[0], { contract: 'pass', observed: 'pass' });
});

/** What `run --engine contract` leaves is a trace: judged again without strace, without root, by other models. */
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { forgetChecksums } from '../trace/forget-checksums.js';

const need = { commands: ['strace'] };
const ack = ['--ack-stdout', '^saved (.*)$'];

function benchOf(t: { teardown(undo: () => void): void }): Bench {
  const bench = new Bench();
  t.teardown(() => bench.close());
  return bench;
}

async function run(bench: Bench, args: string[]): Promise<RunResult[]> {
  const { results } = await bench.run(['--name', 'save', '--engine', 'contract', ...args]);
  return results.runs;
}

/** `plugpull check` where strace(1) may not trace. */
async function check(
  bench: Bench,
  ...args: string[]
): Promise<{ exitCode: number | undefined; stderr: string; runs: RunResult[] }> {
  const shadow = join(bench.folder, 'bin');
  mkdirSync(shadow, { recursive: true });
  writeFileSync(join(shadow, 'strace'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(shadow, 'strace'), 0o755);
  bench.extraEnv = { PATH: `${shadow}:${process.env.PATH}` };
  const { exitCode, stdout, stderr } = await bench.plugpull([
    'check',
    '--json',
    '--out',
    join(bench.folder, 'out'),
    ...args,
  ]);
  bench.extraEnv = {};
  const runs = stdout.startsWith('{') ? (JSON.parse(stdout) as Results).runs : [];
  return { exitCode, stderr, runs };
}

const judgement = ({ contract, findings, protocols }: RunResult): unknown => ({
  contract,
  // Lines of programs come from running them, which a check does not.
  findings: findings.map(({ reproduce: _, cause: __, ...finding }) => finding),
  protocols: protocols?.map((protocol) => ({
    ...protocol,
    operations: protocol.operations.map((line) => ({ ...line, at: undefined, called_from: undefined })),
  })),
});

t.test('the log of a run is judged again, and comes out the same', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const [first] = await run(bench, [...ack, '--', 'echo x > a; sync a; echo saved a']);
  t.match(first, { contract: 'violation', observed: null, storage: 'any' });
  t.ok(existsSync(join(first!.run, 'trace', 'calls.strace')));
  const again = await check(bench, first!.run);
  t.equal(again.exitCode, 1, again.stderr);
  t.strictSame(judgement(again.runs[0]!), judgement(first!));
  t.not(again.runs[0]!.run, first!.run, 'in a results folder of its own');
  const latest = await check(bench, join(bench.folder, 'out/latest/save--contract'));
  t.equal(latest.exitCode, 1, `through the link that this check moves: ${latest.stderr}`);
});

t.test('by another model, promise or checker', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const [first] = await run(bench, [...ack, '--', 'echo y > b; sync b .; echo x > a; sync a; echo saved a']);
  const btrfs = await check(bench, first!.run, '--models', 'btrfs');
  t.match(btrfs.runs, [{ contract: 'pass' }]);
  const other = await check(bench, first!.run, '--promise', 'files:b');
  t.match(other.runs, [{ contract: 'pass' }]);
  const never = await check(bench, first!.run, '--promise', 'files:c');
  t.match(never.runs, [{ contract: 'unknown' }], 'no file of that name ever was: nobody looked at anything');
  const checked = await check(
    bench,
    first!.run,
    '--promise',
    'none',
    '--checker',
    '[ -e a ] || { echo no a; exit 1; }',
  );
  t.match(checked.runs, [{ contract: 'violation', findings: [{ kind: 'checker', lost: ['no a'] }] }]);
});

t.test('--dry asks a checker about the undamaged end alone', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const [first] = await run(bench, [...ack, '--', 'echo x > a; sync a; echo saved a']);
  const dry = (checker: string): ReturnType<Bench['plugpull']> =>
    bench.plugpull(['check', '--dry', first!.run, '--checker', checker]);
  const accepted = await dry(
    '[ -e a ] && [ "$PLUGPULL_LAST_ACK" = a ] && grep -q saved "$PLUGPULL_STATE" || grep -q \'"a"\' "$PLUGPULL_STATE"',
  );
  t.equal(accepted.exitCode, 0, accepted.stderr);
  t.match(accepted.stdout, /the checker accepts the undamaged end of the run/);
  const refused = await dry('echo "NameError: b" >&2; exit 1');
  t.equal(refused.exitCode, 2);
  t.match(refused.stdout, /does not accept the undamaged end.*NameError: b/);
  const none = await bench.plugpull(['check', '--dry', first!.run]);
  t.equal(none.exitCode, 64);
  t.match(none.stderr, /--dry needs a checker/);
});

t.test('a trace without a disk is replayed by nobody', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const [first] = await run(bench, ['--', 'echo x > a']);
  const replayed = await check(bench, first!.run, '--engine', 'replay');
  t.equal(replayed.exitCode, 64);
  t.match(
    replayed.stderr,
    /key engine: expected contract, found replay: this trace holds system calls alone/,
  );
  const exported = await bench.plugpull([
    'export',
    join(first!.run, 'trace'),
    join(bench.folder, 'exported'),
  ]);
  t.equal(exported.exitCode, 64);
});

t.test('a log that is cut is judged up to the cut, and says so', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const program = 'echo x > a; sync a .; echo saved a; echo y > b; sync b; echo saved b';
  const [first] = await run(bench, [...ack, '--', program]);
  t.strictSame(
    first!.findings.map(({ property }) => property),
    ["creat(b) needs fsync(.) before ack 'b'"],
  );
  const log = join(first!.run, 'trace', 'calls.strace');
  const text = readFileSync(log, 'latin1');
  // In the middle of the write that gives the second ack, whose line is the last to mention it.
  truncateSync(log, text.lastIndexOf('saved b') + 3);
  const damaged = await check(bench, first!.run);
  t.equal(damaged.exitCode, 64);
  t.match(damaged.stderr, /trace\/calls\.strace: damaged: expected the checksum [0-9a-f]{64} /);
  forgetChecksums(join(first!.run, 'trace'));
  const early = await check(bench, first!.run);
  t.equal(early.exitCode, 2);
  t.match(early.runs, [{ contract: 'unknown', findings: [] }]);
  t.match(
    early.runs[0]!.notes.join('\n'),
    /the system-call log is cut; what is judged are the calls up to the cut/,
  );
});

t.test('children left in the background are ended with the workload', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const [result] = await run(bench, [
    ...['--timeout', '1h', ...ack, '--'],
    // Who waited for them would do so longer than the test may take.
    'echo x > a; sync a .; echo saved a; (sleep 3000; echo late > b) & sleep 3000 &',
  ]);
  t.match(result, { contract: 'pass', findings: [] });
  t.match(
    readFileSync(join(result!.run, 'trace', 'calls.strace'), 'latin1'),
    /\+\+\+ killed by SIGKILL \+\+\+/,
  );
});

t.test('one run for each set of faults, and no word less about those that are not tried', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const scenario = join(bench.folder, 'faults.yaml');
  const fault = (operation: string): string =>
    `{disk: {faults: [{operation: ${operation}, n: 1, count: 100}]}}`;
  const storages = (...list: string[]): void =>
    writeFileSync(
      scenario,
      `name: faults\nworkload: {run: 'echo x > a; sync a .; echo saved a'}\nack: {stdout: saved}\nengine: [contract]\nstorage: [${list.join(', ')}]\n`,
    );
  storages('{fs: ext4}', '{fs: xfs}', `{fs: ext4, ${fault('flush').slice(1)}`, fault('write'));
  const two = await bench.run([scenario]);
  t.match(two.results.runs, [
    { contract: 'pass', storage: 'any' },
    {
      contract: 'violation',
      storage: 'any, EIO on flushes 1 to 100',
      findings: [{ kind: 'fsync_error' }, {}],
    },
  ]);
  t.equal(two.results.runs.length, 2, 'a failed write fails the same calls as a failed flush');
  const [, faulty] = two.results.runs;
  const again = await check(bench, faulty!.run);
  t.match(again.runs, [{ contract: 'violation' }], 'the log holds the errors');
  storages('{fs: ext4}', '{disk: {faults: [{operation: flush, n: 1, after_ack: 1}]}}', fault('read'));
  const { results } = await bench.run([scenario]);
  t.match(results.runs, [{ contract: 'pass' }, { contract: 'unknown' }, { contract: 'unknown' }]);
  const notes = results.runs.map((run) => run.notes.join('\n'));
  t.match(notes[1], /unknown: EIO on flush 1 after ack 1 of the disk was not tried/);
  t.match(notes[2], /unknown: EIO on reads 1 to 100 of the disk was not tried/);
});

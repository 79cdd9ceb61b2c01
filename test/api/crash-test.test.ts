/** crashTest by system calls alone: it resolves, or throws what says why. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import {
  CrashTestError,
  type CrashTestOptions,
  type CrashTestResult,
  type CrashTestUnknownError,
  crashTest,
  type Target,
} from '../../harness/api/index.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
const examples = pathToFileURL(join(checkout, 'examples/'));
const byCalls: CrashTestOptions = { engine: ['contract'], out: join(bench.folder, 'out'), timeout: '300s' };
const written = (name: string, text: string): URL => {
  writeFileSync(join(bench.folder, name), text);
  return pathToFileURL(join(bench.folder, name));
};
const test = (target: Target, options: CrashTestOptions = {}): Promise<CrashTestResult> =>
  crashTest(target, { ...byCalls, ...options });
const thrown = async <E>(promise: Promise<unknown>): Promise<E> =>
  promise.then(
    () => {
      throw new Error('expected it to throw');
    },
    (error: E) => error,
  );

t.test('a right program resolves with the run', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const result = await test(new URL('save.crash.mjs', examples));
  t.match(result, {
    schema: /^plugpull\.results\//,
    verdict: 'pass',
    runs: [{ scenario: 'save' }],
    limits: [],
  });
});

t.test(
  'a broken promise throws what was promised, how to see it, the loss, the cause and the fix',
  async (t) => {
    if (!requires(t, { commands: ['strace'] })) return;
    const error = await thrown<CrashTestError>(test(new URL('forgets-fsync.crash.mjs', examples)));
    t.equal(error.name, 'CrashTestError');
    t.match(error.message, /^a power cut breaks a promise of forgets-fsync.*needs fsync/);
    const order = ['promised', 'see it', 'lost', 'cause', 'fix'].map((word) =>
      error.message.indexOf(`\n  ${word}`),
    );
    t.strictSame(
      order,
      [...order].sort((a, b) => a - b),
    );
    t.ok(order[0]! > 0);
    t.match(error.reproduce, /^npx plugpull show .* C1$/);
    t.ok(error.runFolder.startsWith(bench.folder) && error.findings.length > 0);
    t.match((error.cause as Error).stack, /at \w+ \(.*forgets-fsync\.crash\.mjs:\d+\)/);
    const expected = await test(new URL('forgets-fsync.crash.mjs', examples), {
      expect: { contract: 'violation' },
    });
    t.match(expected, { verdict: 'violation', met: true });
    const run = expected.runs[0]!;
    const [found] = run.findings;
    const onDisk = { ...found!, id: 'F1', evidence: 'observed' as const, cause: [], fix: null };
    const observed = new CrashTestError({ ...run, findings: [onDisk, ...run.findings] });
    t.match(
      observed.message,
      /see it .* C1\n[\s\S]*\n {2}cause .*forgets-fsync\.crash\.mjs:\d+[\s\S]*\n {2}patch +behind .*\.mjs:\d+: /,
      'blocks know no source lines: the system calls do',
    );
    t.match((observed.cause as Error).stack, /at \w+ \(.*forgets-fsync\.crash\.mjs:\d+\)/);
    const missed = new CrashTestError({ ...expected.runs[0]!, findings: [], met: false, contract: 'pass' });
    t.match(missed.message, /expected \{"contract":"violation"\}, found \{"contract":"pass"/);
  },
);

t.test('what nobody can tell has a class of its own', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const target = written('fails.mjs', 'export default () => { throw new Error("no database"); };');
  const error = await thrown<CrashTestUnknownError>(test(target));
  t.equal(error.name, 'CrashTestUnknownError');
  t.match(error.message, /unknown whether fails survives.*\n.*exit code 1/);
  t.ok(error.notes.length > 0);
});

t.test('a command, its acks on standard output', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const command = { command: ['sh', new URL('save.sh', examples)], ackStdout: /^saved (.*)$/ };
  t.equal((await test(command)).verdict, 'pass');
});

t.test('a signal ends it, and nothing is left', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const target = written('hangs.mjs', 'export default () => new Promise((r) => setTimeout(r, 3_600_000));');
  const error = await thrown<Error>(test(target, { signal: AbortSignal.timeout(1500), timeout: '1h' }));
  t.equal(error.name, 'TimeoutError');
  t.strictSame(bench.leftovers(), []);
});

t.test('without root what can run does, and says what could not', async (t) => {
  if (!requires(t, { commands: ['strace'], root: true })) return;
  const home = join(bench.folder, 'nobody');
  mkdirSync(home);
  for (const folder of [bench.folder, home]) chmodSync(folder, 0o777);
  const program = `
    import { crashTest } from ${JSON.stringify(join(checkout, 'dist/harness/api/index.js'))};
    const target = new URL(${JSON.stringify(new URL('save.crash.mjs', examples).href)});
    const { verdict, limits } = await crashTest(target);
    const host = await crashTest(target, { place: 'host' });
    const error = await crashTest(target, { require: 'observed' }).catch((error) => error);
    console.log(JSON.stringify({ verdict, limits, host: host.limits, error: error.name }));`;
  // No guest either: what it takes of the host is not to be found.
  const bin = join(bench.folder, 'bin');
  mkdirSync(bin);
  for (const name of ['strace', 'sh', 'true']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    ...{ cwd: home, uid: 65534, gid: 65534, encoding: 'utf8' as const },
    env: { PATH: bin, HOME: home, PLUGPULL_STATE_DIR: join(home, 'state') },
  });
  t.match(JSON.parse(said), {
    verdict: 'pass',
    limits: [/judged by system calls only: no crash state was recovered by ext4, .*User-mode Linux/],
    host: [/judged by system calls only: no crash state was recovered by ext4/],
    error: 'UnavailableError',
  });
});

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { Bench, checkout, hostNeed, letAlone } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { forgetChecksums } from '../trace/forget-checksums.js';

const bench = new Bench();
t.teardown(() => bench.close());

const run = join(bench.folder, 'run');
const at = join(bench.folder, 'at');
mkdirSync(at);

/** Mounts and loop devices over this test's files. */
function inUse(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const loops = readdirSync('/sys/block')
    .map((name) => `/sys/block/${name}/loop/backing_file`)
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  return [...mounts, ...loops].filter((line) => line.includes(bench.folder));
}

/** A lazily detached loop device takes a moment, and a command that mounts takes as long as the machine is busy. */
async function eventually(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 6000 && !condition(); i++) await sleep(50);
  return condition();
}

/** Nothing of it is left; who looks at all loop devices, as other runs do, keeps one a moment longer. */
async function unused(t: Test): Promise<void> {
  await eventually(() => inUse().length === 0);
  t.same(inUse(), []);
}

t.test('the crash state of a finding', async (t) => {
  if (!requires(t, hostNeed)) return;
  const scenario = join(checkout, 'scenarios/broken/no-fsync.yaml');
  const { results } = await letAlone(
    () => bench.run([scenario]),
    ({ results }) => results.runs[0]!.findings[0]?.lost[0] === 'notes.txt is missing',
  );
  cpSync(results.runs[0]!.run, run, { recursive: true });

  await t.test('runs a command there, and passes its exit code on', async (t) => {
    const command = 'pwd; ls; echo "$PLUGPULL_DIR"; touch mine; exit 7';
    const ended = await bench.plugpull(['mount', run, 'F1', '--at', at, '--command', command]);
    t.equal(ended.exitCode, 7);
    t.same(ended.stdout.split('\n'), [at, 'lost+found', at], 'notes.txt is missing, as the finding says');
    t.match(ended.stderr, /notes\.txt is missing/);
    t.match(ended.stderr, /power cut at log entry \d+ \(right after an ack\), after 1 ack/);
    const killed = await bench.plugpull(['mount', run, 'F1', '--command', 'ls; kill -9 $$']);
    t.equal(killed.exitCode, 137);
    t.equal(killed.stdout, 'lost+found', 'what was touched before was a copy');
    await unused(t);
  });

  await t.test('ends with Ctrl-C', async (t) => {
    const child = bench.start(['mount', run, 'F1', '--at', at]);
    t.ok(await eventually(() => readdirSync(at).includes('lost+found')), 'it is there');
    const second = await bench.plugpull(['mount', run, 'F1', '--at', at]);
    t.equal(second.exitCode, 64, 'not over another');
    child.kill('SIGINT');
    t.equal((await child.ended).exitCode, 0);
    t.same(readdirSync(at), []);
    await unused(t);
    t.same(bench.leftovers(), []);
  });

  await t.test('the line of the finding, as it stands, on a terminal', async (t) => {
    const [finding] = results.runs[0]!.findings;
    t.match(finding!.reproduce, /^plugpull mount \S+ F1$/);
    const main = [process.execPath, join(checkout, 'dist/harness/cli/main.js')];
    const { stdout, exitCode } = await execa(
      'python3',
      [join(checkout, 'test/cli/on-terminal.py'), ...main, ...finding!.reproduce.split(' ').slice(1)],
      { input: '^C again.', env: bench.env, reject: false, timeout: 500_000 },
    );
    t.match(stdout, /notes\.txt is missing[\s\S]*Ctrl-C takes it away again/);
    t.equal(exitCode, 0, stdout);
    t.same(bench.leftovers(), []);
  });

  await t.test('a command finds what a checker finds in a run', async (t) => {
    const command = 'echo "$PLUGPULL_DIR|$PLUGPULL_ACKS|$PLUGPULL_LAST_ACK"; cat "$PLUGPULL_STATE"';
    const { stdout } = await bench.plugpull(['mount', run, 'F1', '--at', at, '--command', command]);
    const [variables, state] = stdout.split('\n');
    const told = JSON.parse(state!);
    t.equal(variables, `${at}|${told.acks.length}|${told.acks.at(-1) ?? ''}`);
    t.match(told, { directory: at, acks: Array, crash_point: { acks: told.acks.length } });
  });

  await t.test('a command hears of a polite kill', async (t) => {
    const child = bench.start(['mount', run, 'F1', '--at', at, '--command', 'exec sleep 600']);
    t.ok(await eventually(() => readdirSync(at).includes('lost+found')));
    child.kill('SIGTERM');
    t.equal((await child.ended).exitCode, 128 + 15);
    await unused(t);
  });

  await t.test('is not kept by somebody who still looks at it', async (t) => {
    const child = bench.start(['mount', run, 'F1', '--at', at]);
    t.ok(await eventually(() => readdirSync(at).includes('lost+found')));
    const looker = execa('sleep', ['600'], { cwd: at, reject: false });
    child.kill('SIGINT');
    const ended = await child.ended;
    t.equal(ended.exitCode, 0);
    t.match(ended.stderr, /still in use/);
    t.same(readdirSync(at), []);
    looker.kill();
    await looker;
    await unused(t);
  });

  await t.test('after kill -9, doctor --clean takes it away', async (t) => {
    const child = bench.start(['mount', run, 'F1', '--at', at]);
    t.ok(await eventually(() => readdirSync(at).includes('lost+found')));
    child.kill('SIGKILL');
    await child.ended;
    t.ok(inUse().length > 0);
    const cleaned = await bench.plugpull(['doctor', '--clean', '--json']);
    t.match(JSON.parse(cleaned.stdout).cleaned, [{ mounts: [at], left: [] }]);
    t.same(readdirSync(at), []);
    await unused(t);
    t.same(bench.leftovers(), []);
  });

  await t.test('as an image', async (t) => {
    const image = join(bench.folder, 'crash.img');
    const { exitCode } = await bench.plugpull(['mount', run, 'F1', '--image', image]);
    t.equal(exitCode, 0);
    t.equal(readFileSync(image).length, readFileSync(join(run, 'trace/base.img')).length);
    const fsck = await execa('e2fsck', ['-fn', image], { reject: false });
    t.equal(fsck.exitCode, 0);
    const over = await bench.plugpull(['mount', run, 'F1', '--image', image]);
    t.equal(over.exitCode, 64);
    t.match(over.stderr, /--image .*crash\.img: expected a new file/);
  });

  await t.test('that does not mount says so, and offers the image', async (t) => {
    const broken = join(bench.folder, 'broken');
    cpSync(run, broken, { recursive: true });
    const base = join(broken, 'trace/base.img');
    writeFileSync(base, readFileSync(base).fill(0, 0, 8192));
    const damaged = await bench.plugpull(['mount', broken, 'F1', '--at', at]);
    t.equal(damaged.exitCode, 64);
    t.match(damaged.stderr, /base\.img: damaged/);
    forgetChecksums(join(broken, 'trace'));
    const { exitCode, stderr } = await bench.plugpull(['mount', broken, 'F1', '--at', at]);
    t.equal(exitCode, 1);
    t.match(stderr, /ext4 does not mount this crash state: E\w+; .*plugpull mount \S+ F1 --image crash\.img/);
    t.same(readdirSync(at), []);
    await unused(t);
  });

  await t.test('bad usage', async (t) => {
    const nested = join(bench.folder, 'nested');
    cpSync(run, nested, { recursive: true });
    writeFileSync(join(nested, 'states.json'), '{"F1":{"point":1,"lost":[],"nested":true}}');
    const other = join(bench.folder, 'other');
    cpSync(run, other, { recursive: true });
    writeFileSync(join(other, 'states.json'), '{"F1":{"point":-1}}');
    const cases: { args: string[]; says: RegExp }[] = [
      { args: [run, 'F1'], says: /expected --at DIR, --command COMMAND or --image FILE, or a terminal/ },
      { args: [run, 'F1', '--at', at, '--image', 'x'], says: /leave --at and --command out/ },
      { args: [run, 'F9', '--at', at], says: /has no finding F9; it has F1/ },
      { args: [run, 'F1', '--at', run], says: /--at .*run: expected an empty folder, found \d+ entries/ },
      { args: [run, 'F1', '--at', join(at, 'no')], says: /no such folder; make it with mkdir/ },
      {
        args: [run, 'F1', '--at', join(run, 'result.json')],
        says: /expected an empty folder, found ENOTDIR/,
      },
      { args: [at, 'F1', '--at', at], says: /expected the folder of a judged run/ },
      { args: [nested, 'F1', '--at', at], says: /recovery of a crash state is itself cut short.*cannot/ },
      {
        args: [other, 'F1', '--at', at],
        says: /states\.json: F1\.point: expected a number from 0, got -1; F1\.lost: expected a list, got nothing/,
      },
    ];
    for (const { args, says } of cases) {
      const { exitCode, stderr } = await bench.plugpull(['mount', ...args]);
      t.equal(exitCode, 64, args.join(' '));
      t.match(stderr, says);
    }
  });

  t.same(bench.leftovers(), []);
});

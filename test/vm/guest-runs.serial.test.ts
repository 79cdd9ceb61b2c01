/** Scenarios in guests over our own disk: the same verdicts as on the host, whoever recovers, root or not. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { guestImages } from '../../vm/image/guest-images.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const guestNeed = { commands: ['qemu-system-x86_64', 'sqfstar'] };
const longMs = 900_000;

function verdicts({ runs }: Results): [string, string | null, string | null, boolean | null][] {
  return runs.map(({ scenario, contract, observed, met }) => [scenario, contract, observed, met]);
}

t.test(
  'a guest recovers what it recorded: xfs and btrfs, a checker, right and broken programs',
  async (t) => {
    if (!requires(t, guestNeed)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const inGuest = ['--place', 'vm', '--vm-recover', 'guest'];
    const scenarios = [
      'scenarios/seeds/directory-sync.yaml',
      'scenarios/broken/no-fsync.yaml',
      'scenarios/broken/no-user-flush.yaml',
    ];
    const ext4 = await bench.run([...scenarios, ...inGuest], { timeoutMs: longMs });
    t.strictSame(verdicts(ext4.results), [
      ['directory-sync', 'pass', 'pass', true],
      ['no-fsync', 'violation', 'violation', true],
      ['no-user-flush', 'violation', 'violation', true],
    ]);
    t.ok(
      ext4.results.runs.every(
        ({ coverage }) => coverage[0]!.exhaustive && coverage[0]!.audit.mismatched === 0,
      ),
    );
    for (const { coverage } of ext4.results.runs) {
      t.match(coverage[0]!.model_check, { models: ['linux-ext4-ordered'], not_allowed: 0 });
      t.ok(coverage[0]!.model_check!.checked > 0);
    }
    const wishful = join(bench.folder, 'too-strict.yaml');
    writeFileSync(
      wishful,
      `name: too-strict
description: every call is durable when it returns
extends: linux-ext4-ordered
sync:
  every_call: {covers: [data, size, attributes, entries], source: wishful thinking}
`,
    );
    const refuted = await bench.run([scenarios[1]!, ...inGuest, '--models', wishful, '--no-calibrate'], {
      timeoutMs: longMs,
    });
    t.match(refuted.results.runs, [{ contract: 'unknown', observed: 'violation' }]);
    t.match(refuted.results.runs[0]!.notes.join('\n'), /too-strict/);
    const others = await bench.run(
      [
        ...[
          'scenarios/seeds/directory-sync.yaml',
          '--fs',
          'xfs,btrfs',
          '--engine',
          'replay',
          '--no-calibrate',
        ],
        ...inGuest,
      ],
      { timeoutMs: longMs },
    );
    t.strictSame(
      others.results.runs.map(({ observed }) => observed),
      ['pass', 'pass'],
    );
    t.strictSame(bench.leftovers(), []);
  },
);

t.test(
  'a SCSI disk carries FUA, and its verdicts are the same; NVMe, whose FUA QEMU drops, is refused',
  async (t) => {
    if (!requires(t, { ...hostNeed, ...guestNeed })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const scenarios = ['scenarios/seeds/directory-sync.yaml', 'scenarios/broken/no-fsync.yaml'];
    const inGuest = ['--place', 'vm', '--engine', 'replay', '--no-calibrate'];
    const { results } = await bench.run([...scenarios, ...inGuest, '--disk', 'bus=scsi'], {
      timeoutMs: longMs,
    });
    t.strictSame(
      results.runs.map(({ observed }) => observed),
      ['pass', 'violation'],
    );
    const refused = await bench.plugpull(['run', ...scenarios, ...inGuest, '--disk', 'bus=nvme']);
    t.equal(refused.exitCode, 64);
    t.match(refused.stderr, /disk\.bus: expected virtio or scsi, found nvme/);
  },
);

t.test('a scenario in a folder too large to pack is refused before anything starts', async (t) => {
  if (!requires(t, guestNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-large-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'disk.img'), '');
  truncateSync(join(folder, 'disk.img'), 2 ** 30);
  const file = join(folder, 'scenario.yaml');
  writeFileSync(
    file,
    JSON.stringify({ name: 'large', place: 'vm', workload: { run: 'true' }, storage: [{ fs: 'ext4' }] }),
  );
  const { exitCode, stderr } = await bench.plugpull(['run', '--no-calibrate', file]);
  t.equal(exitCode, 64);
  t.match(stderr, /holds more than 512 MiB.*vm\.files/);
  t.strictSame(bench.leftovers(), []);
});

t.test('an ordinary user runs a scenario in a guest', async (t) => {
  if (!requires(t, { root: true, commands: [...guestNeed.commands, 'setpriv'] })) return;
  await guestImages({ kernel: 'cloud' });
  const home = mkdtempSync(join(tmpdir(), 'plugpull-user-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const cache = join(home, 'cache', 'plugpull');
  mkdirSync(cache, { recursive: true });
  const built = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'plugpull', 'vm');
  cpSync(built, join(cache, 'vm'), { recursive: true });
  await execa('chown', ['-R', 'nobody:nogroup', home]);
  const { exitCode, stdout, stderr } = await execa(
    'setpriv',
    [
      ...['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--no-new-privs'],
      ...[process.execPath, join(checkout, 'dist/harness/cli/main.js'), 'run', '--json'],
      ...['--place', 'vm', '--out', join(home, 'out'), 'scenarios/seeds/atomic-replace.yaml'],
    ],
    {
      cwd: checkout,
      reject: false,
      timeout: longMs,
      env: {
        HOME: home,
        XDG_CACHE_HOME: join(home, 'cache'),
        XDG_RUNTIME_DIR: home,
        TMPDIR: home,
        PLUGPULL_STATE_DIR: join(home, 'state'),
      },
    },
  );
  t.equal(exitCode, 0, stderr.slice(-500));
  const [run] = (JSON.parse(stdout) as Results).runs;
  t.match(run, { contract: 'pass', observed: 'pass', met: true });
  t.equal(run!.coverage[0]!.exhaustive, true);
  t.strictSame(readdirSync(join(home, 'state')), [], 'nothing is left in the state folder');
});

t.test(
  'a guest that panics is unknown, with its last words, while recording and in a live round',
  async (t) => {
    if (!requires(t, { ...hostNeed, ...guestNeed })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const panicking = join(bench.folder, 'panic.yaml');
    writeFileSync(
      panicking,
      'name: panic\nworkload: {run: "touch a; echo c > /proc/sysrq-trigger; sleep 60"}\nplace: vm\n',
    );
    for (const method of ['disk', 'dm-flakey']) {
      const args = [panicking, '--no-calibrate', '--method', method];
      const { ended, results } = await bench.run(args, { timeoutMs: longMs });
      t.equal(ended.exitCode, 2);
      t.equal(results.verdict, 'unknown');
      t.match(results.runs[0]!.notes.join('\n'), /Kernel panic - not syncing: sysrq triggered crash/);
    }
    t.strictSame(bench.leftovers(), []);
  },
);

t.test(
  'killed at any moment, a run in a guest leaves no QEMU and nothing that the next start keeps',
  async (t) => {
    if (!requires(t, { ...hostNeed, ...guestNeed })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    for (const afterMs of [800, 4000, 9000]) {
      const run = bench.start([
        ...['run', 'scenarios/seeds/atomic-replace.yaml', '--place', 'vm', '--no-calibrate'],
        ...['--out', join(bench.folder, 'killed')],
      ]);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      run.kill('SIGKILL');
      await run.ended;
      await bench.plugpull(['doctor', '--clean']);
      t.strictSame(bench.leftovers(), [], `killed after ${afterMs} ms`);
    }
  },
);

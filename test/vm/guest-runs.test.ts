/** Scenarios in guests over our own disk: the same verdicts as on the host, whoever recovers. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';
import { broken, brokenByChecker, right, scenarioFile } from './shell-scenarios.js';

const guestNeed = { commands: ['qemu-system-x86_64', 'sqfstar'] };
const longMs = 900_000;
const inGuest = ['--place', 'vm', '--kernel', 'cloud', '--vm-recover', 'guest'];

t.test(
  'a guest recovers what it recorded: a checker, right and broken programs, a SCSI disk, which carries FUA',
  async (t) => {
    if (!requires(t, guestNeed)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
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
    const scsi = { fs: 'ext4', disk: { bus: 'scsi' } };
    const storage = [{ fs: 'ext4' }, scsi];
    // In one command, whose runs share guests: booting one takes longer than such a run.
    const files = Object.entries({
      right: { ...right, storage },
      broken: { ...broken, storage },
      'broken-by-checker': brokenByChecker,
      refuted: { ...broken, models: [wishful] },
    }).map(([name, scenario]) => scenarioFile(bench.folder, name, scenario));
    const { results } = await bench.run([...files, ...inGuest], { timeoutMs: longMs });
    t.strictSame(
      results.runs.map(({ scenario, storage, contract, observed }) => [
        scenario,
        storage,
        contract,
        observed,
      ]),
      [
        ['right', 'ext4, vm cloud', 'pass', 'pass'],
        ['right', 'ext4, scsi, vm cloud', 'pass', 'pass'],
        ['broken', 'ext4, vm cloud', 'violation', 'violation'],
        ['broken', 'ext4, scsi, vm cloud', 'violation', 'violation'],
        ['broken-by-checker', 'ext4, vm cloud', 'violation', 'violation'],
        ['refuted', 'ext4, vm cloud', 'unknown', 'violation'],
      ],
    );
    for (const { coverage, calibration, scenario } of results.runs) {
      t.ok(coverage[0]!.exhaustive && coverage[0]!.audit.mismatched === 0, scenario);
      t.equal(calibration?.outcome, 'pass');
    }
    const [byChecker, refuted] = results.runs.slice(-2);
    for (const { coverage } of results.runs.slice(0, -1)) {
      t.match(coverage[0]!.model_check, { models: ['linux-ext4-ordered'], not_allowed: 0 });
      t.ok(coverage[0]!.model_check!.checked > 0);
    }
    t.match(byChecker!.findings.flatMap(({ lost }) => lost).join(), /f is empty/);
    t.match(refuted!.notes.join('\n'), /too-strict/);
    t.strictSame(bench.leftovers(), []);
  },
);

t.test('xfs and btrfs, in the guest that starts at once: the same verdicts', async (t) => {
  if (!requires(t, { commands: [...umlNeed.commands, 'mkfs.xfs', 'mkfs.btrfs'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const storage = [{ fs: 'xfs' }, { fs: 'btrfs' }];
  const files = Object.entries({ right, broken }).map(([name, scenario]) =>
    scenarioFile(bench.folder, name, { ...scenario, storage }),
  );
  // Their modules load in QEMU's guests, too: image/boot.test.ts.
  const inUml = ['--place', 'vm', '--kernel', 'uml', '--vm-recover', 'guest'];
  const { results } = await bench.run([...files, '--engine', 'replay', '--no-calibrate', ...inUml], {
    timeoutMs: longMs,
  });
  t.strictSame(
    results.runs.map(({ scenario, storage, observed }) => [scenario, storage, observed]),
    [
      ['right', 'xfs, vm uml', 'pass'],
      ['right', 'btrfs, vm uml', 'pass'],
      ['broken', 'xfs, vm uml', 'violation'],
      ['broken', 'btrfs, vm uml', 'violation'],
    ],
  );
  t.strictSame(bench.leftovers(), []);
});

t.test('NVMe, whose FUA QEMU drops, is refused', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const refused = await bench.plugpull([
    ...['run', 'scenarios/seeds/directory-sync.yaml', '--disk', 'bus=nvme'],
    ...['--place', 'vm', '--engine', 'replay', '--no-calibrate'],
  ]);
  t.equal(refused.exitCode, 64);
  t.match(refused.stderr, /disk\.bus: expected virtio or scsi, found nvme/);
});

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

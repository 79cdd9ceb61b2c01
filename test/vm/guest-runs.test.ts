/** Scenarios in guests over our own disk: the same verdicts as on the host, whoever recovers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
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
    // In the same command, whose runs share guests: booting one takes longer than this run.
    const refuted = join(bench.folder, 'variants', 'refuted.yaml');
    mkdirSync(dirname(refuted));
    const text = readFileSync(join(checkout, 'scenarios/broken/no-fsync.yaml'), 'utf8');
    writeFileSync(
      refuted,
      text.replace('name: no-fsync', 'name: refuted').replace(/^expect:.*$/m, `models: [${wishful}]`),
    );
    const inGuest = ['--place', 'vm', '--kernel', 'cloud', '--vm-recover', 'guest'];
    const { results } = await bench.run(
      [
        'scenarios/seeds/directory-sync.yaml',
        'scenarios/broken/no-fsync.yaml',
        'scenarios/broken/no-user-flush.yaml',
        refuted,
        ...inGuest,
      ],
      { timeoutMs: longMs },
    );
    t.strictSame(verdicts(results), [
      ['directory-sync', 'pass', 'pass', true],
      ['no-fsync', 'violation', 'violation', true],
      ['no-user-flush', 'violation', 'violation', true],
      ['refuted', 'unknown', 'violation', null],
    ]);
    for (const { coverage, calibration, scenario } of results.runs) {
      t.ok(coverage[0]!.exhaustive && coverage[0]!.audit.mismatched === 0, scenario);
      t.equal(calibration?.outcome, 'pass');
    }
    for (const { coverage } of results.runs.slice(0, 3)) {
      t.match(coverage[0]!.model_check, { models: ['linux-ext4-ordered'], not_allowed: 0 });
      t.ok(coverage[0]!.model_check!.checked > 0);
    }
    t.match(results.runs[3]!.notes.join('\n'), /too-strict/);
    const others = await bench.run(
      [
        'scenarios/seeds/directory-sync.yaml',
        ...['--fs', 'xfs,btrfs', '--engine', 'replay', '--no-calibrate'],
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

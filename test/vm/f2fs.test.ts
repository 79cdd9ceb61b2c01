/** f2fs, which only guests have: made, recorded and recovered there, and its mount options take effect. */
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

t.test('a rename that fsync_mode=posix forgets and strict keeps', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // mkfs.f2fs is that of the guest's root.
  const inUml = ['--no-calibrate', '--kernel', 'uml', '--root', 'debian'];
  const { ended, results } = await bench.run(['scenarios/f2fs/rotate-log.yaml', ...inUml], {
    timeoutMs: 550_000,
  });
  t.equal(ended.exitCode, 0, ended.stderr.slice(-500));
  t.strictSame(
    results.runs.map(({ storage, observed, met }) => [storage, observed, met]),
    [
      ['f2fs, fsync_mode=posix, vm uml', 'violation', true],
      ['f2fs, fsync_mode=strict, vm uml', 'pass', true],
      ['f2fs, fsync_mode=nobarrier, vm uml', 'violation', true],
    ],
  );
  for (const { coverage, findings, storage } of results.runs) {
    const replay = coverage.find(({ engine }) => engine === 'replay')!;
    t.ok(replay.exhaustive, `${storage}: every crash state`);
    t.equal(replay.audit.mismatched, 0);
    if (!storage.includes('posix')) continue;
    const lost = findings.filter(({ evidence }) => evidence === 'observed').flatMap(({ lost }) => lost);
    t.ok(
      lost.some((line) => line.includes('log.1 is missing')),
      'the old log is gone under either name',
    );
  }
  const strict = results.runs[1]!;
  // The host's kernel has no f2fs: judged again where one has it.
  // Debian's generic kernel, in QEMU, makes, records and recovers one in kernels.test.ts.
  const again = await bench.plugpull([
    ...['check', strict.run, '--no-calibrate', '--json'],
    ...['--out', join(bench.folder, 'again')],
  ]);
  t.match(JSON.parse(again.stdout), {
    runs: [{ storage: strict.storage, observed: 'pass', recovered_by: /uml/ }],
  });
  t.strictSame(bench.leftovers(), []);
});

/** One scenario on several kernels, in one command. */
import t from 'tap';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';
import { broken, right, scenarioFile } from './shell-scenarios.js';

t.test('a run for each kernel, told apart by its storage', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, ...umlNeed.commands], qemu: true }))
    return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const scenarios = [
    scenarioFile(bench.folder, 'right', { ...right, expect: { observed: 'pass' } }),
    scenarioFile(bench.folder, 'broken', { ...broken, expect: { observed: 'violation' } }),
  ];
  // A file inside the scenario's folder, which guests have anyway, must not be in the way.
  const inGuest = ['--place', 'vm', '--engine', 'replay', '--no-calibrate', '--vm-files', scenarios[0]!];
  // One that QEMU boots, and one that is a program: the generic one has its turn below.
  const { ended, results } = await bench.run([...inGuest, '--kernel', 'cloud,uml', ...scenarios], {
    timeoutMs: 550_000,
  });
  t.equal(ended.exitCode, 0, ended.stderr.slice(-500));
  t.strictSame(
    results.runs.map(({ scenario, storage, observed, met }) => [scenario, storage, observed, met]),
    [
      ['right', 'ext4, vm cloud', 'pass', true],
      ['right', 'ext4, vm uml', 'pass', true],
      ['broken', 'ext4, vm cloud', 'violation', true],
      ['broken', 'ext4, vm uml', 'violation', true],
    ],
  );
  t.equal(new Set(results.runs.map(({ run }) => run)).size, results.runs.length, 'a folder each');
  t.strictSame(bench.leftovers(), []);
});

t.test(
  'what one of several kernels lacks leaves its row without a verdict, and the others go on',
  async (t) => {
    if (!requires(t, { ...hostNeed, qemu: true })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const file = scenarioFile(bench.folder, 'right', right);
    const args = ['--place', 'vm', '--fs', 'f2fs', '--engine', 'replay', '--no-calibrate', file];
    const { ended, results } = await bench.run([...args, '--kernel', 'cloud,generic'], {
      timeoutMs: 550_000,
    });
    t.equal(ended.exitCode, 2);
    t.strictSame(
      results.runs.map(({ storage, observed }) => [storage, observed]),
      [
        ['f2fs, vm cloud', 'unknown'],
        ['f2fs, vm generic', 'pass'],
      ],
    );
    // A kernel alone that lacks something ends the command: live/flakey.test.ts.
    t.match(results.runs[0]!.notes.join('\n'), /the guest's kernel has no f2fs: use another one/);
    t.strictSame(bench.leftovers(), []);
  },
);

t.test('a kernel that is none is refused before the first run', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const inGuest = ['run', '--place', 'vm', scenarioFile(bench.folder, 'right', right)];
  const unknown = await bench.plugpull([...inGuest, '--kernel', 'cloud', '--kernel', 'cluod']);
  t.equal(unknown.exitCode, 64);
  t.match(
    unknown.stderr,
    /^plugpull: --kernel cluod: expected uml, cloud, generic or the path of a kernel image/,
  );
  const release = await bench.plugpull([...inGuest, '--kernel', 'cloud,generic@potato']);
  t.equal(release.exitCode, 64);
  t.match(release.stderr, /^plugpull: --kernel generic@potato: expected a release of Debian/);
});

/** One scenario on several kernels, in one command. */
import { join } from 'node:path';
import t from 'tap';
import { debianKernel } from '../../vm/image/debian-kernel.js';
import { guestImages } from '../../vm/image/guest-images.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { cacheOfUmlWithout } from './image/uml-without.js';
import { umlNeed } from './live/live-runs.js';
import { broken, right, scenarioFile } from './shell-scenarios.js';

const lacksF2fs = /storage\.fs: the guest's kernel has no f2fs: use another one \(vm\.kernel: generic has/;
const guestNeed = { ...hostNeed, commands: [...hostNeed.commands, ...umlNeed.commands], qemu: true };
/** `right` of shell-scenarios.ts where one of the kernels lacks the file system. */
const onF2fs = { ...right, storage: [{ fs: 'f2fs' }] };

/** A bench whose User-mode Linux has no f2fs. */
async function benchWithoutF2fs(): Promise<Bench> {
  const bench = new Bench();
  bench.extraEnv = { XDG_CACHE_HOME: await cacheOfUmlWithout('f2fs', join(bench.folder, 'cache')) };
  return bench;
}

t.test(
  'a run for each kernel, told apart by its storage; one that lacks the file system stops no other',
  async (t) => {
    if (!requires(t, guestNeed)) return;
    await guestImages({ kernel: 'generic' });
    const bench = await benchWithoutF2fs();
    t.teardown(() => bench.close());
    const scenarios = [
      scenarioFile(bench.folder, 'right', { ...right, expect: { observed: 'pass' } }),
      scenarioFile(bench.folder, 'broken', { ...broken, expect: { observed: 'violation' } }),
      scenarioFile(bench.folder, 'right-on-f2fs', onF2fs),
    ];
    // A file inside the scenario's folder, which guests have anyway, must not be in the way.
    const inGuest = ['--place', 'vm', '--engine', 'replay', '--no-calibrate', '--vm-files', scenarios[0]!];
    // One that QEMU boots, which has f2fs, and one that is a program.
    const { ended, results } = await bench.run([...inGuest, '--kernel', 'generic,uml', ...scenarios], {
      timeoutMs: 550_000,
    });
    t.equal(ended.exitCode, 1, ended.stderr.slice(-500));
    t.strictSame(
      results.runs.map(({ scenario, storage, observed, met }) => [scenario, storage, observed, met]),
      [
        ['right', 'ext4, vm generic', 'pass', true],
        ['right', 'ext4, vm uml', 'pass', true],
        ['broken', 'ext4, vm generic', 'violation', true],
        ['broken', 'ext4, vm uml', 'violation', true],
        ['right-on-f2fs', 'f2fs, vm generic', 'pass', null],
        ['right-on-f2fs', 'f2fs, vm uml', 'unknown', null],
      ],
      results.runs
        .flatMap(({ scenario, storage, notes }) => [`${scenario} on ${storage}`, ...notes])
        .join('\n'),
    );
    t.match(results.runs.at(-1)!.notes.join('\n'), lacksF2fs);
    t.equal(new Set(results.runs.map(({ run }) => run)).size, results.runs.length, 'a folder each');
    t.strictSame(bench.leftovers(), []);
  },
);

t.test(
  'a kernel alone that lacks the file system ends the command, several leave it without a verdict',
  async (t) => {
    if (!requires(t, umlNeed)) return;
    const bench = await benchWithoutF2fs();
    t.teardown(() => bench.close());
    const file = scenarioFile(bench.folder, 'right-on-f2fs', onF2fs);
    const inGuest = ['--place', 'vm', '--engine', 'replay', '--no-calibrate', file];
    const alone = await bench.plugpull([
      'run',
      ...inGuest,
      '--kernel',
      'uml',
      '--out',
      join(bench.folder, 'alone'),
    ]);
    t.equal(alone.exitCode, 69, alone.stderr);
    t.match(alone.stderr, lacksF2fs);
    // One kernel by two names.
    const { ended, results } = await bench.run([
      ...inGuest,
      '--kernel',
      `uml,uml@${debianKernel('uml')!.suite}`,
    ]);
    t.equal(ended.exitCode, 2, ended.stderr);
    t.strictSame(
      results.runs.map(({ observed }) => observed),
      ['unknown', 'unknown'],
    );
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

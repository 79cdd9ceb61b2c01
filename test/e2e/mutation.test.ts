/** The engine broken on purpose: each break must turn a verdict that was right into one that shows it. */
import t from 'tap';
import { calibrate } from '../../harness/run/calibrate.js';
import { hostRunPlace } from '../../harness/run/recording/host-run-place.js';
import { guest } from '../../harness/scenario/schema/guest.js';
import { workloadsFolder } from '../../harness/scenario/workloads-folder.js';
import { cleanRun } from '../../harness/state/clean.js';
import { RunSpace } from '../../harness/state/run-space.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const allFileSystems = {
  ...hostNeed,
  fs: ['ext2', 'ext4', 'xfs', 'btrfs'],
  commands: ['nbdfuse', 'python3'],
};

t.test('a disk that ignores flush breaks directory-sync on every file system', async (t) => {
  if (!requires(t, allFileSystems)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // The control, that an honest one keeps it there, is the matrix (matrix.test.ts) and, on ext4, shipped-scenarios.test.ts.
  const lying = await bench.run(['scenarios/matrix/directory-sync.yaml', '--disk', 'cache=lying']);
  t.strictSame(
    lying.results.runs.map(({ observed }) => observed),
    ['violation', 'violation', 'violation', 'violation'],
  );
  t.equal(lying.ended.exitCode, 1);
});

t.test('direct I/O off fails the calibration: the page cache answers for another crash state', async (t) => {
  if (!requires(t, hostNeed)) return;
  const space = RunSpace.create();
  t.teardown(() => cleanRun(space.id));
  const broken = await calibrate({
    fs: 'ext4',
    kernel: null,
    method: 'disk',
    guest: guest.parse({}),
    recoverer: 'host',
    place: hostRunPlace({ directIo: false }),
    space,
    workloads: workloadsFolder,
    useCache: false,
  });
  t.equal(broken.outcome, 'unknown');
  t.match(broken.detail, /control on ext4 gave \w+, expected/);
});

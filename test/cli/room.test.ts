import t, { type Test } from 'tap';
import { scenariosOf } from '../../harness/cli/scenario-options/scenarios-of.js';

const mib = 1024 * 1024;
const needsRoom = JSON.stringify({
  name: 'needs-room',
  storage: [{ fs: 'ext4', size: '256MiB' }, { fs: 'ext4' }],
  workload: { run: 'true' },
});
const needsLittle = needsRoom.replace('256MiB', '16MiB');

/** The disks' sizes in bytes when a scenario runs elsewhere; undefined is what the file system has by itself. */
function sizes(t: Test, scenario: string, options: Record<string, unknown>): (number | undefined)[] {
  const file = `${t.testdir({ 'scenario.yaml': scenario })}/scenario.yaml`;
  return scenariosOf('run', { scenario: [file], ...options }).flatMap((loaded) =>
    loaded.scenario.storage.map(({ size }) => size),
  );
}

t.test(
  'a scenario has as much room on other file systems, where they do not have more by themselves',
  async (t) => {
    t.same(sizes(t, needsRoom, { fs: ['ext4,btrfs', 'xfs'] }), [256 * mib, 256 * mib, undefined]);
    t.same(sizes(t, needsLittle, { fs: ['ext4', 'xfs'] }), [undefined, undefined]);
  },
);

t.test('what the command line says of the size counts', async (t) => {
  t.same(sizes(t, needsRoom, { fs: ['ext4'], size: '1GiB' }), [1024 * mib]);
  t.same(sizes(t, needsRoom, { 'mount-options': 'noatime' }), [256 * mib, undefined]);
});

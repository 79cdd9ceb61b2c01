/** Whose fault it is that a file system could not be made. */
import t from 'tap';
import { mkfsProblem } from '../../harness/attach/make-file-system.js';
import { storage } from '../../harness/scenario/schema/storage.js';

const btrfs = storage.parse({ fs: 'btrfs', mkfs: '--nodesize 3' });
const silent = 'ERROR: cannot check mount status of /dev/loop7: Transport endpoint is not connected';

t.test('options that mkfs refuses are the scenario’s', async (t) => {
  const problem = mkfsProblem(btrfs, 'ERROR: illegal nodesize 3', ['/dev/loop4']);
  t.match(problem, {
    name: 'UsageError',
    exitCode: 64,
    message: /fs btrfs.*"--nodesize","3".*illegal nodesize/,
  });
});

t.test('a loop device of somebody who died is not', async (t) => {
  t.match(mkfsProblem(btrfs, silent, ['/dev/loop4']), {
    name: 'UnavailableError',
    exitCode: 69,
    message: /^mkfs\.btrfs failed: \/dev\/loop4 no longer answers.*plugpull doctor --clean/,
  });
  t.match(
    mkfsProblem(btrfs, silent, ['/dev/loop4', '/dev/loop5']).message,
    /loop4, \/dev\/loop5 no longer answer,/,
  );
  const aborted = silent.replace(/Trans.*$/, 'Software caused connection abort');
  t.match(mkfsProblem(btrfs, aborted, []), { exitCode: 69 }, 'one that is just being ended');
  t.match(mkfsProblem(btrfs, silent, []), {
    exitCode: 69,
    message: /a loop device did not answer.*losetup --list/,
  });
});

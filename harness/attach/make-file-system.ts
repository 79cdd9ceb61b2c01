import { setTimeout as sleep } from 'node:timers/promises';
import { ExecaError, execa } from 'execa';
import type { Storage } from '../scenario/schema/storage.js';
import { type PlugpullError, UnavailableError, UsageError } from '../verdict/errors.js';
import { diskSizeBytes, fileSystemFacts } from './file-system.js';
import { deadLoops } from './loop.js';

/** A loop device of a run that is just being taken down is dead for a moment only. */
const patienceMs = 15_000;
const pauseMs = 300;

/** What mkfs says where it asked a loop device whose server has died, or is just being ended (fuse: ENOTCONN, ECONNABORTED). */
const deadServer = /Transport endpoint is not connected|Software caused connection abort/;

/**
 * Makes the storage's file system on a block device of ours.
 *
 * @throws UnavailableError where mkfs is missing, or another loop device of this machine keeps it from working
 * @throws UsageError when the storage's options are refused
 */
export async function makeFileSystem(device: string, storage: Storage): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const said = await runMkfs(device, storage);
    if (said === null) return;
    if (!deadServer.test(said) || performance.now() > deadline) throw mkfsProblem(storage, said, deadLoops());
    await sleep(pauseMs);
  }
}

/** What mkfs says when it fails; null when it does not. */
async function runMkfs(device: string, storage: Storage): Promise<string | null> {
  const [command, ...options] = fileSystemFacts[storage.fs].mkfs;
  try {
    await execa(command!, [...options, ...storage.mkfs, device]);
    return null;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new UnavailableError(
        `${command} is missing: apt-get install ${fileSystemFacts[storage.fs].package}`,
      );
    }
    return String(error.stderr).trim();
  }
}

/**
 * What a failed mkfs means. It asks each loop device that is mounted anywhere whether it is the one meant (btrfs), and
 * one whose server has died does not answer: nothing of the user's is wrong then.
 *
 * @param dead loop devices that do not answer
 */
export function mkfsProblem(storage: Storage, said: string, dead: readonly string[]): PlugpullError {
  const failed = `${fileSystemFacts[storage.fs].mkfs[0]} failed`;
  if (deadServer.test(said)) {
    const cause =
      dead.length > 0
        ? `${dead.join(', ')} no longer ${dead.length === 1 ? 'answers' : 'answer'}, because whoever served the file behind is dead`
        : 'a loop device did not answer, because whoever served the file behind is dead (losetup --list shows them)';
    return new UnavailableError(
      `${failed}: ${cause}; plugpull doctor --clean removes what dead runs of plugpull left, umount and losetup -d what others did: ${said}`,
    );
  }
  return new UsageError(
    `${failed} (storage: fs ${storage.fs}, size ${diskSizeBytes(storage)}, mkfs ${JSON.stringify(storage.mkfs)}): ${said}`,
  );
}

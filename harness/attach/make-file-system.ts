import { ExecaError, execa } from 'execa';
import type { Storage } from '../scenario/schema.js';
import { type PlugpullError, UnavailableError, UsageError } from '../verdict/errors.js';
import { diskSizeBytes, fileSystemFacts } from './file-system.js';
import { deadLoops } from './loop.js';

/** Makes the storage's file system on a block device of ours. */
export async function makeFileSystem(device: string, storage: Storage): Promise<void> {
  const [command, ...options] = fileSystemFacts[storage.fs].mkfs;
  try {
    await execa(command!, [...options, ...storage.mkfs, device]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new UnavailableError(
        `${command} is missing: apt-get install ${fileSystemFacts[storage.fs].package}`,
      );
    }
    throw mkfsProblem(storage, String(error.stderr).trim(), deadLoops());
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
  if (said.includes('Transport endpoint is not connected')) {
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

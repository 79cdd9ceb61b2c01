import { ExecaError, execa } from 'execa';
import type { Storage } from '../scenario/schema.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { diskSizeBytes, fileSystemFacts } from './file-system.js';

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
    throw new UsageError(
      `${command} failed (storage: fs ${storage.fs}, size ${diskSizeBytes(storage)}, mkfs ${JSON.stringify(storage.mkfs)}): ${String(error.stderr).trim()}`,
    );
  }
}

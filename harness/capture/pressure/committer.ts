/**
 * Makes a file system commit what it knows of names, while data that is written back later stays where it is.
 *
 * The means are a neighbour's, and leave no name behind: the workload can see nothing of them.
 *
 *     ext3, ext4, xfs  fsync of a file without a name (O_TMPFILE) whose mode changed: the journal is committed up to
 *                      there, names of others with it (fs/ext4/fsync.c, ext4_sync_file; fs/xfs/xfs_file.c,
 *                      xfs_file_fsync)
 *     ext2             the same, and fsync of the root directory: without a journal nothing else takes names along
 *     btrfs            the ioctls START_SYNC and WAIT_SYNC: an fsync writes a log of its own file, and only a commit of
 *                      the transaction has everybody's names (fs/btrfs/ioctl.c). Without flushoncommit no data goes along
 *     f2fs             the ioctl WRITE_CHECKPOINT (fs/f2fs/file.c, f2fs_ioc_write_checkpoint)
 */
import { closeSync, constants, fchmodSync, fsyncSync, openSync } from 'node:fs';
import { ioctl } from '../../attach/libc.js';
import type { FileSystem } from '../../scenario/schema/storage.js';

export interface Committer {
  /** Returns when the commit is on the disk. */
  commit(): void;
  close(): void;
}

/** include/uapi/linux/btrfs.h: _IOR(0x94, 24, __u64) and _IOW(0x94, 22, __u64). */
const btrfsStartSync = 0x80089418;
const btrfsWaitSync = 0x40089416;
/** include/uapi/linux/f2fs.h: _IO(0xf5, 7). */
const f2fsWriteCheckpoint = 0xf507;
/** O_TMPFILE less O_DIRECTORY (include/uapi/asm-generic/fcntl.h). */
const nameless = 0o20_000_000;

/** @param root where the file system is mounted, writable */
export function openCommitter(root: string, fs: FileSystem): Committer {
  const directory = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  const close = (): void => closeSync(directory);
  switch (fs) {
    case 'btrfs':
      return {
        commit() {
          const transaction = Buffer.alloc(8);
          ioctl(directory, btrfsStartSync, transaction);
          ioctl(directory, btrfsWaitSync, transaction);
        },
        close,
      };
    case 'f2fs':
      return { commit: () => void ioctl(directory, f2fsWriteCheckpoint, 0), close };
    case 'ext2':
    case 'ext3':
    case 'ext4':
    case 'xfs': {
      const file = openSync(root, constants.O_RDWR | constants.O_DIRECTORY | nameless, 0o600);
      let mode = 0o600;
      return {
        commit() {
          mode ^= 0o200;
          fchmodSync(file, mode);
          fsyncSync(file);
          if (fs === 'ext2') fsyncSync(directory);
        },
        close() {
          closeSync(file);
          close();
        },
      };
    }
  }
}

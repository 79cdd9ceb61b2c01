import type { PersistenceModel } from '../persistence-model.js';
import { posixModel } from './posix.js';

const force =
  'fs/xfs/xfs_file.c: xfs_file_fsync writes the data and forces the log up to the last change of the inode';

/** XFS with default options. */
export const xfsModel: PersistenceModel = {
  ...posixModel,
  name: 'xfs',
  description: 'XFS with default mount options.',
  describes: [{ fs: 'xfs', options: [], lacks: [] }],
  sync: {
    ...posixModel.sync,
    fsync: { covers: ['data', 'size', 'attributes', 'earlier_metadata'], reaches: 'medium', source: force },
    fdatasync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source: 'fs/xfs/xfs_file.c: xfs_fsync_seq skips the log force when only timestamps changed',
    },
    fsync_directory: {
      covers: ['entries', 'attributes', 'earlier_metadata'],
      reaches: 'medium',
      source: 'fs/xfs/xfs_file.c: xfs_dir_fsync forces the log',
    },
  },
  ordering: {
    ...posixModel.ordering,
    metadata_in_order: {
      value: true,
      source:
        'Linux Documentation/filesystems/xfs/xfs-delayed-logging-design.rst: the log is replayed in order',
    },
    rename_atomic: { value: true, source: 'fs/xfs/xfs_inode.c: xfs_rename is one transaction' },
    size_after_data: {
      value: true,
      source: 'fs/xfs/xfs_aops.c: the on-disk size is updated when the write completes',
    },
    rename_after_data: {
      value: false,
      source: 'fs/xfs has no replace-via-rename heuristic; only truncate-then-rewrite is flushed at close',
    },
  },
  unwritten_reads_zeros: {
    value: true,
    source: 'fs/xfs/xfs_iomap.c: delayed allocation makes unwritten extents',
  },
};

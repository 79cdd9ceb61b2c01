import type { PersistenceModel } from '../persistence-model.js';
import { posixModel } from './posix.js';

const log = 'fs/btrfs/tree-log.c: btrfs_log_inode_parent logs the inode, its new names and new ancestors';

/** btrfs with default options. */
export const btrfsModel: PersistenceModel = {
  ...posixModel,
  name: 'btrfs',
  description: 'btrfs with default mount options.',
  describes: [{ fs: 'btrfs', options: [], lacks: [] }],
  sync: {
    ...posixModel.sync,
    fsync: { covers: ['data', 'size', 'attributes', 'names'], reaches: 'medium', source: log },
    fdatasync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source: `${log}; nothing is relied on beyond fdatasync(2)`,
    },
    fsync_directory: {
      covers: ['entries', 'attributes', 'names'],
      reaches: 'medium',
      source:
        'fs/btrfs/tree-log.c: log_directory_changes, and log_new_dir_dentries for inodes new in the directory',
    },
  },
  ordering: {
    metadata_in_order: {
      value: false,
      source:
        'transactions keep order, the log tree of an fsync does not: names unrelated to the file may be newer or older',
    },
    rename_atomic: {
      value: true,
      source: 'fs/btrfs/inode.c: btrfs_rename is one transaction, and is logged as a whole',
    },
    rename_may_leave_old_name: {
      value: true,
      source:
        'seen on Linux 6.18: rename(d/b, c) of a file with another link, fsync(.): log replay finds the entry c and nothing about d/b; fs/btrfs/inode.c, btrfs_record_unlink_dir: only an fsync of the old directory commits the transaction',
    },
    size_after_data: {
      value: true,
      source: 'fs/btrfs/ordered-data.c: the inode item is updated when the ordered extent ends',
    },
    rename_after_data: {
      value: false,
      source: 'btrfs flushes on rename over an existing file (flushoncommit aside); not relied on',
    },
  },
  nameless_files_synced: {
    value: false,
    source:
      'fs/btrfs/tree-log.c, btrfs_log_inode_parent: an inode with a link count of 0 is not logged; seen on Linux 6.18: write(f), rename(g, f), fdatasync(f), and both the write and the rename are gone',
  },
  unwritten_reads_zeros: {
    value: true,
    source: 'btrfs is copy on write: an extent appears once its data is written',
  },
};

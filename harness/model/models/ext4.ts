import type { PersistenceModel } from '../persistence-model.js';
import { posixModel } from './posix.js';

const documentation = 'Linux Documentation/admin-guide/ext4.rst';
const fsyncSource =
  'fs/ext4/fsync.c: ext4_sync_file writes the data and commits the transaction of i_sync_tid, with everything before it; a write over existing blocks within the clock tick of the last one joins no transaction (fs/inode.c, file_update_time; seen on Linux 6.18)';

/** ext4 as mounted by default: data=ordered, delayed allocation, auto_da_alloc. */
export const ext4OrderedModel: PersistenceModel = {
  ...posixModel,
  name: 'linux-ext4-ordered',
  description: 'ext4 with data=ordered, the default.',
  // ext3 is mounted by the ext4 driver, without delayed allocation; data=journal allows less than this.
  describes: [
    { fs: 'ext4', options: [], lacks: [] },
    { fs: 'ext3', options: [], lacks: [] },
  ],
  sync: {
    ...posixModel.sync,
    fsync: {
      covers: ['data', 'size', 'attributes', 'earlier_metadata'],
      reaches: 'medium',
      source: fsyncSource,
    },
    fdatasync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source:
        'fs/ext4/fsync.c: with datasync the transaction of i_datasync_tid, which may be older than the last change',
    },
    fsync_directory: {
      covers: ['entries', 'attributes', 'earlier_metadata'],
      reaches: 'medium',
      source: fsyncSource,
    },
    o_sync: {
      covers: ['data', 'size', 'attributes', 'earlier_metadata'],
      reaches: 'medium',
      source: 'include/linux/fs.h: generic_write_sync calls vfs_fsync_range for the range written',
    },
  },
  ordering: {
    ...posixModel.ordering,
    metadata_in_order: {
      value: true,
      source: `${documentation}: metadata is committed by transaction; fs/jbd2/commit.c`,
    },
    rename_atomic: {
      value: true,
      source: 'fs/ext4/namei.c: ext4_rename changes both names within one handle',
    },
    size_after_data: {
      value: true,
      source: `${documentation}, data=ordered: data is forced out before its metadata is committed`,
    },
    rename_after_data: {
      value: false,
      source: `${documentation}, auto_da_alloc covers replace-via-rename only for an existing target and is an option; not relied on`,
    },
  },
  unwritten_reads_zeros: {
    value: true,
    source: 'fs/ext4/extents.c: delayed allocation writes unwritten extents first, which read as zeros',
  },
};

/** ext4 with data=writeback: the journal orders metadata, data goes its own way. */
export const ext4WritebackModel: PersistenceModel = {
  ...ext4OrderedModel,
  name: 'linux-ext4-writeback',
  description: 'ext4 with data=writeback.',
  describes: [
    { fs: 'ext4', options: ['data=writeback'], lacks: [] },
    { fs: 'ext3', options: ['data=writeback'], lacks: [] },
  ],
  ordering: {
    ...ext4OrderedModel.ordering,
    size_after_data: {
      value: false,
      source: `${documentation}, data=writeback: data ordering is not preserved`,
    },
  },
  unwritten_reads_zeros: {
    value: false,
    source: `${documentation}, data=writeback: old data may appear in files after a crash`,
  },
};

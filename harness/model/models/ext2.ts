import type { PersistenceModel } from '../persistence-model.js';
import { posixModel } from './posix.js';

/** ext2: no journal, so nothing is ordered and nothing is atomic. */
export const ext2Model: PersistenceModel = {
  ...posixModel,
  name: 'ext2',
  description: 'ext2, mounted async, as it is found without e2fsck.',
  describes: [
    { fs: 'ext2', options: [], lacks: [] },
    { fs: 'ext3', options: [], lacks: ['has_journal'] },
    { fs: 'ext4', options: [], lacks: ['has_journal'] },
  ],
  ordering: {
    ...posixModel.ordering,
    metadata_in_order: { value: false, source: 'Linux Documentation/filesystems/ext2.rst: no journal' },
    rename_atomic: {
      value: false,
      source: 'fs/ext2/namei.c: ext2_rename changes two directory blocks, each written by itself',
    },
    size_after_data: {
      value: false,
      source: 'fs/ext2/inode.c: inode and data blocks are written independently',
    },
    rename_after_data: { value: false, source: 'fs/ext2/namei.c: no data is written at rename' },
  },
  metadata_consistent: {
    value: false,
    source:
      'fs/ext2/ialloc.c, balloc.c: directory blocks, inode table, bitmaps and indirect blocks are written independently; e2fsck(8) mends what a crash leaves',
  },
};

/** ext2 mounted `sync`: each call is durable when it returns. */
export const ext2SyncModel: PersistenceModel = {
  ...ext2Model,
  name: 'ext2-sync',
  description: 'ext2 mounted with -o sync.',
  describes: [{ fs: 'ext2', options: ['sync'], lacks: [] }],
  sync: {
    ...ext2Model.sync,
    every_call: {
      covers: ['data', 'size', 'attributes', 'entries'],
      reaches: 'medium',
      source:
        'mount(8): "sync: All I/O to the filesystem should be done synchronously"; fs/ext2/dir.c honours IS_DIRSYNC',
    },
  },
};

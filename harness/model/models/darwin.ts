import type { PersistenceModel } from '../persistence-model.js';
import { posixModel } from './posix.js';

const fsync2 =
  'fsync(2), macOS: the drive itself may not write the data to the platters for quite some time and may reorder it';
const fcntl2 =
  'fcntl(2), macOS, F_FULLFSYNC: "asks the drive to flush all buffered data to the permanent storage device"';

/** macOS: fsync reaches the drive; only F_FULLFSYNC reaches the medium. On Linux, fcntl(fd, 51) stands for it. */
export const darwinModel: PersistenceModel = {
  ...posixModel,
  name: 'darwin',
  description: 'macOS, where a plain fsync leaves data in a cache that may reorder and lose it.',
  sync: {
    ...posixModel.sync,
    fsync: { ...posixModel.sync.fsync, reaches: 'drive', source: fsync2 },
    fdatasync: { ...posixModel.sync.fdatasync, reaches: 'drive', source: fsync2 },
    fsync_directory: { ...posixModel.sync.fsync_directory, reaches: 'drive', source: fsync2 },
    full: {
      covers: ['data', 'size', 'attributes', 'entries', 'handed_over'],
      reaches: 'medium',
      source: fcntl2,
    },
    barrier: {
      covers: ['data', 'size', 'attributes'],
      reaches: 'drive',
      source: 'fcntl(2), macOS, F_BARRIERFSYNC: order only',
    },
    sync: {
      covers: ['everything'],
      reaches: 'drive',
      source: 'sync(2), macOS: schedules writes, and does not wait for the drive',
    },
    msync: { ...posixModel.sync.msync, reaches: 'drive', source: fsync2 },
    o_sync: { ...posixModel.sync.o_sync, reaches: 'drive', source: fsync2 },
    o_dsync: { ...posixModel.sync.o_dsync, reaches: 'drive', source: fsync2 },
  },
  remedy: { file: 'fcntl(F_FULLFSYNC)', directory: 'fcntl(F_FULLFSYNC)' },
};

import type { PersistenceModel } from '../persistence-model.js';

const fsync2 = 'fsync(2), Linux man-pages 6.03';
const posix = 'POSIX.1-2017, fsync and "Synchronized I/O File Integrity Completion" (XBD 3.384, 3.385)';
const open2 = 'open(2), "Synchronized I/O"';

/** The strict reading of the manual pages: what every file system has to give, and nothing more. */
export const posixModel: PersistenceModel = {
  name: 'posix',
  description: 'What fsync(2), open(2) and rename(2) promise, whatever file system is below.',
  describes: [],
  sync: {
    fsync: {
      covers: ['data', 'size', 'attributes'],
      reaches: 'medium',
      source: `${fsync2}: "does not necessarily ensure that the entry in the directory containing the file has also reached disk"`,
    },
    fdatasync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source: `${fsync2}: "does not flush modified metadata unless that metadata is needed in order to allow a subsequent data retrieval"`,
    },
    fsync_directory: {
      covers: ['entries', 'attributes'],
      reaches: 'medium',
      source: `${fsync2}: "an explicit fsync() on a file descriptor for the directory is also needed"`,
    },
    full: { covers: [], reaches: 'medium', source: 'fcntl(2), Linux: F_FULLFSYNC does not exist (EINVAL)' },
    barrier: {
      covers: [],
      reaches: 'medium',
      source: 'fcntl(2), macOS: F_BARRIERFSYNC orders, and makes nothing durable',
    },
    sync: { covers: ['everything'], reaches: 'medium', source: 'sync(2): Linux waits for I/O completions' },
    msync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source: 'msync(2): MS_SYNC waits for the update to complete',
    },
    sync_file_range: {
      covers: [],
      reaches: 'medium',
      source:
        'sync_file_range(2), WARNINGS: "does not flush disk write caches and thus does not provide any data integrity"',
    },
    o_sync: {
      covers: ['data', 'size', 'attributes'],
      reaches: 'medium',
      source: `${open2}: as though followed by fsync, for that write`,
    },
    o_dsync: {
      covers: ['data', 'size'],
      reaches: 'medium',
      source: `${open2}: as though followed by fdatasync, for that write`,
    },
    every_call: {
      covers: [],
      reaches: 'medium',
      source: `${posix}: only synchronised calls promise anything`,
    },
  },
  ordering: {
    metadata_in_order: {
      value: false,
      source: 'POSIX orders nothing across a crash; Pillai et al., OSDI 2014, table 1',
    },
    rename_atomic: {
      value: true,
      source: 'rename(2): "there will be no point at which another process ... will find it missing"',
    },
    rename_may_leave_old_name: {
      value: false,
      source:
        'rename(2): the old name is gone when the new one is there; said of each file system that does otherwise',
    },
    size_after_data: { value: false, source: 'Pillai et al., OSDI 2014, "append content atomicity"' },
    rename_after_data: {
      value: false,
      source: 'POSIX orders nothing across a crash; Pillai et al., OSDI 2014, section 3',
    },
  },
  metadata_consistent: {
    value: true,
    source: `${posix}: a file system that is damaged by a power cut keeps no promise at all`,
  },
  nameless_files_synced: {
    value: true,
    source: `${fsync2}: "all modified in-core data of the file referred to by the file descriptor fd", whatever its names`,
  },
  unwritten_reads_zeros: {
    value: false,
    source: 'Pillai et al., OSDI 2014: appended blocks may hold garbage',
  },
  remedy: { file: 'fsync', directory: 'fsync' },
};

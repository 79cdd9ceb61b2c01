import { z } from 'zod';

/**
 * A persistence model: which effects a call makes durable, and which of the rest may survive a crash without which.
 * A model is data. Each property carries the source it was taken from; a property nobody can point to a source for
 * belongs to no model.
 *
 * What a sync call covers, in words:
 *
 * - `data`, `size`, `attributes`: of the file it is called on (for a write on an O_SYNC descriptor: its own)
 * - `entries`: the names in the directory it is called on
 * - `names`: the names that the file itself and new directories above it have; not names taken away
 * - `lost_names`: of a file that has lost its last name: the names that were taken away from it
 * - `earlier_metadata`: every name, truncation and attribute changed, anywhere, before the file's own metadata last
 *   changed (a size, a name, an attribute; bytes written over others change none that can be relied on)
 * - `handed_over`: whatever earlier calls that reach only the `drive` had covered
 * - `everything`
 */
const covered = z.enum([
  'data',
  'size',
  'attributes',
  'entries',
  'names',
  'lost_names',
  'earlier_metadata',
  'handed_over',
  'everything',
]);

const coverage = z.strictObject({
  covers: z.array(covered),
  /** `drive`: only into the drive's volatile cache, from where `handed_over` fetches it. */
  reaches: z.enum(['medium', 'drive']).default('medium'),
  source: z.string().min(1),
});

/** A storage that a model claims to describe; the claim with the most conditions counts. What is recovered from such a storage has to be allowed by the model. */
const described = z.strictObject({
  fs: z.string(),
  /** Mount options of which each must be there. */
  options: z.array(z.string()).default([]),
  /** Features of which its superblock has none. */
  lacks: z.array(z.string()).default([]),
});

const flag = z.strictObject({ value: z.boolean(), source: z.string().min(1) });

export const persistenceModelSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  description: z.string(),
  /** Storages whose every recovered state the model allows; none for a model that is only what a program may rely on. */
  describes: z.array(described).default([]),
  sync: z.strictObject({
    fsync: coverage,
    fdatasync: coverage,
    /** fsync and fdatasync on a directory. */
    fsync_directory: coverage,
    /** fcntl(F_FULLFSYNC), on a file or a directory. */
    full: coverage,
    barrier: coverage,
    sync: coverage,
    msync: coverage,
    sync_file_range: coverage,
    /** A write on an O_SYNC descriptor, or with RWF_SYNC; `data` and `size` are those of that write. */
    o_sync: coverage,
    o_dsync: coverage,
    /** What returns durable without being asked: every call on a file system mounted `sync`. */
    every_call: coverage,
  }),
  ordering: z.strictObject({
    /** Names, truncations and attributes reach the disk in the order in which they were made. */
    metadata_in_order: flag,
    /** A rename is there as a whole or not at all. */
    rename_atomic: flag,
    /** The exception to that: the new name may be there with the old one left behind, but never neither of them. */
    rename_may_leave_old_name: flag.default({
      value: false,
      source: 'rename_atomic has no exception unless one was seen',
    }),
    /** A larger size is on disk only with the data it uncovers. */
    size_after_data: flag,
    /** A rename over an existing name waits for the renamed file's data. */
    rename_after_data: flag,
  }),
  /**
   * After recovery a name leads to the file it was given to, and a file to its own blocks. False without a journal:
   * until everything about a file is durable, its names may lead to anything, also to nothing that can be read.
   */
  metadata_consistent: flag.default({
    value: true,
    source: 'a file system whose recovery leaves no damage; said of each one that leaves some',
  }),
  /**
   * An fsync of a file that lost its last name covers it like any other. False: it covers nothing, and when the crash
   * undoes the loss of the name, the file is there as it was before.
   */
  nameless_files_synced: flag.default({
    value: true,
    source: 'fsync(2) speaks of the file referred to by a descriptor, whatever its names',
  }),
  /** A range within the size whose data is lost reads as zeros (true) or as anything (false). */
  unwritten_reads_zeros: flag,
  /** What to call to make a file, or a directory's names, durable: for wording. */
  remedy: z.strictObject({ file: z.string(), directory: z.string() }),
});

export type PersistenceModel = z.output<typeof persistenceModelSchema> & {
  /**
   * Bytes, aligned in their file, that a crash keeps or loses as one; larger writes are torn at multiples of it. No file
   * system's to say: what the disk below writes as one (`storage.disk.atomic_unit`).
   */
  atomicUnitBytes?: number;
};

/** What it is without a disk that says otherwise. */
const usualAtomicUnitBytes = 4096;

export function atomicUnitBytes(model: PersistenceModel): number {
  return model.atomicUnitBytes ?? usualAtomicUnitBytes;
}
export type Coverage = z.output<typeof coverage>;

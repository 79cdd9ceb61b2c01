/**
 * What a storage owes to the programs on it, as persistence models with the polarity turned: a recovered tree outside
 * them is a breach by the storage. Beside the models that describe file systems as they are, and excusing nothing of
 * what those excuse.
 */
import { posixModel } from '../model/models/posix.js';
import type { PersistenceModel } from '../model/persistence-model.js';

/** `linux` is asked beside `posix`: custom, not contract. */
export type OwedRules = 'posix' | 'linux';

const nothingOrdered =
  'POSIX.1-2017, fsync: a call makes durable what it was made on, and orders nothing else';

/**
 * What the texts owe: what each call that returned made durable, and nothing of what no call asked for. So no rename is
 * whole, nothing is ordered, and what is not durable may hold anything.
 */
export const owedByPosix: PersistenceModel = {
  ...posixModel,
  name: 'posix',
  description: 'What a storage owes by POSIX: what each sync call that returned made durable.',
  ordering: {
    ...posixModel.ordering,
    metadata_in_order: { value: false, source: nothingOrdered },
    rename_atomic: { value: false, source: `${nothingOrdered}; rename(2) is atomic for other processes` },
    size_after_data: { value: false, source: nothingOrdered },
    rename_after_data: { value: false, source: nothingOrdered },
  },
};

/**
 * What the kernel's own tests ask for beyond the texts, as far as a call makes names durable; the rest of it is in
 * owed-linux.ts.
 */
export const owedByLinux: PersistenceModel = {
  ...owedByPosix,
  name: 'linux',
  description: "What the kernel's own crash tests ask of each of its file systems, beyond POSIX.",
  sync: {
    ...owedByPosix.sync,
    fsync: {
      covers: ['data', 'size', 'attributes', 'lost_names'],
      reaches: 'medium',
      source:
        'xfstests: a file that is open and has lost its last name, fsynced, is not there after the log was replayed',
    },
  },
};

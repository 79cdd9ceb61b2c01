import type { Decoder } from './arguments.js';

/** Calls that ask for something to be made durable; msync is among the mappings. */
export const syncCalls: Record<string, Decoder> = {
  fsync: (a) => ({ op: 'sync', scope: 'file', file: a.descriptor(0) }),
  fdatasync: (a) => ({ op: 'sync', scope: 'data', file: a.descriptor(0) }),
  syncfs: (a) => ({ op: 'sync', scope: 'filesystem', file: a.descriptor(0) }),
  sync_file_range: (a) => ({ op: 'sync', scope: 'range', file: a.descriptor(0) }),
  sync: () => ({ op: 'sync_all' }),
};

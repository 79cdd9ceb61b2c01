import { z } from 'zod';
import { cut } from './cut.js';

const fault = z.strictObject({
  /** Operations of this kind fail. */
  operation: z.enum(['read', 'write', 'flush']),
  /** Which operation of that kind fails, counted from 1 at the start of the recording, or after the ack. */
  n: z.number().int().positive(),
  /** Counted from this ack on: what a server does before it answers anybody is not the same at each start. */
  after_ack: z.number().int().positive().optional(),
  /** How many in a row; all: each one from there on. */
  count: z.union([z.number().int().positive(), z.literal('all')]).default(1),
  /** What they fail with. */
  error: z.enum(['EIO', 'ENOSPC']).default('EIO'),
});

export const buses = ['virtio', 'nvme', 'scsi'] as const;
export type Bus = (typeof buses)[number];

/** How the disk behaves. The default is an honest disk with a volatile write cache. */
export const diskBehaviour = z.strictObject({
  /** volatile: writes may be lost until a flush; through: none are; lying: flushes are acknowledged and keep nothing. */
  cache: z.enum(['volatile', 'through', 'lying']).default('volatile'),
  /** Bytes the disk writes or loses as one: what a file system trusts in, which writes its superblock in place. */
  atomic_unit: z.union([z.literal(512), z.literal(4096)]).default(4096),
  /** Writes that are durable when they return (force unit access). */
  fua: z.boolean().default(true),
  /** What a discarded range reads as once the discard is durable: zeros, or what it held before. */
  discard: z.enum(['zeros', 'ignored', 'unsupported']).default('zeros'),
  /** The disk can be told to write zeros. */
  write_zeroes: z.boolean().default(true),
  /** How a guest sees the disk. virtio has no FUA: its driver sends a flush instead. On the host it is a loop device. */
  bus: z.enum(buses).default('virtio'),
  /** Operations that fail. */
  faults: z.array(fault).default([]),
  /** Cut the power while the workload runs, instead of trying every instant. */
  cut: cut.optional(),
});
export type DiskBehaviour = z.output<typeof diskBehaviour>;

/** What fails, and when: `EIO on flush 1 after ack 2`, `EIO on flushes 5 to 24`, `EIO on every write from 1 on`. */
export function faultLabel({
  operation,
  n,
  count,
  after_ack,
  error,
}: DiskBehaviour['faults'][number]): string {
  const after = after_ack === undefined ? '' : ` after ack ${after_ack}`;
  if (count === 1) return `${error} on ${operation} ${n}${after}`;
  if (count === 'all') return `${error} on every ${operation} from ${n} on${after}`;
  const several = operation === 'flush' ? 'flushes' : `${operation}s`;
  return `${error} on ${several} ${n} to ${n + count - 1}${after}`;
}

import { z } from 'zod';
import { cut } from './cut.js';

const fault = z.strictObject({
  /** Operations of this kind fail. */
  operation: z.enum(['read', 'write', 'flush']),
  /** Which operation of that kind fails, counted from 1 at the start of the recording. */
  n: z.number().int().positive(),
  /** How many in a row. */
  count: z.number().int().positive().default(1),
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

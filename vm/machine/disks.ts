/** The disks a guest can be given while it runs, in QEMU's terms. */
import type { Bus } from '../../harness/scenario/schema/disk.js';

export type DiskSource =
  /** Served over NBD on a unix socket. */
  | { kind: 'nbd'; socketPath: string }
  /** Served over vhost-user on a unix socket: a virtio disk, whose queues the server reads itself. */
  | { kind: 'vhost-user'; socketPath: string }
  /** A raw image. `volatile`: what is not flushed stays in the host's memory, else every write is synchronous. */
  | { kind: 'file'; path: string; readOnly: boolean }
  /** A raw image, and a file that exists: QEMU logs there what is written (blklogwrites, docs/interchange.md). */
  | { kind: 'logged'; path: string; logPath: string; logSectorBytes: 512 | 4096 };

export interface GuestDisk {
  /** Letters, digits and dashes, at most 20 (virtio's limit on serial numbers). */
  serial: string;
  bus: Bus;
  source: DiskSource;
}

/** What a guest's kernel needs to see a disk on the bus; virtio's it has booted with. */
export const busModules: Record<Bus, readonly string[]> = {
  virtio: [],
  nvme: ['nvme'],
  scsi: ['virtio_scsi', 'sd_mod'],
};

/** A command of QEMU's monitor, and its arguments. */
export type MonitorCommand = [command: string, args: Record<string, unknown>];

/** Makes what is behind a disk known to QEMU. */
export function backing({ serial, source }: GuestDisk): MonitorCommand {
  if (source.kind !== 'vhost-user') return ['blockdev-add', blockdev({ serial, source })];
  const addr = { type: 'unix', data: { path: source.socketPath } };
  return ['chardev-add', { id: serial, backend: { type: 'socket', data: { addr, server: false } } }];
}

/** Undoes `backing`, after the device is gone. */
export function letGo({ serial, source }: GuestDisk): MonitorCommand {
  return source.kind === 'vhost-user'
    ? ['chardev-remove', { id: serial }]
    : ['blockdev-del', { 'node-name': serial }];
}

type Blockdev = { serial: string; source: Exclude<DiskSource, { kind: 'vhost-user' }> };

function blockdev({ serial, source }: Blockdev): Record<string, unknown> {
  const common = {
    'node-name': serial,
    discard: 'unmap',
    'detect-zeroes': 'off',
    cache: { direct: false, 'no-flush': false },
  };
  if (source.kind === 'nbd') {
    return { ...common, driver: 'nbd', server: { type: 'unix', path: source.socketPath } };
  }
  if (source.kind === 'logged') {
    const { path, logPath, logSectorBytes } = source;
    return {
      ...common,
      driver: 'blklogwrites',
      file: { driver: 'file', filename: path, discard: 'unmap' },
      log: { driver: 'file', filename: logPath },
      'log-sector-size': logSectorBytes,
    };
  }
  // A sparse file stays sparse, whatever zeros a guest writes.
  const zeroes = source.readOnly ? {} : { 'detect-zeroes': 'unmap' };
  return { ...common, ...zeroes, driver: 'file', filename: source.path, 'read-only': source.readOnly };
}

/** Arguments of `device_add`. */
export function device({ serial, bus, source }: GuestDisk): Record<string, unknown> {
  // Its serial number and its write cache are the server's to tell.
  if (source.kind === 'vhost-user')
    return { id: serial, driver: 'vhost-user-blk-pci', chardev: serial, 'num-queues': 1 };
  const common = { id: serial, drive: serial, serial };
  // A guest has to hear of every error: by default a full disk stops the whole machine, and nobody hears anything.
  const errors = { werror: 'report', rerror: 'report' };
  switch (bus) {
    case 'virtio':
      return { ...common, ...errors, driver: 'virtio-blk-pci', 'write-cache': 'on' };
    case 'nvme':
      return { ...common, driver: 'nvme' };
    case 'scsi':
      return { ...common, ...errors, driver: 'scsi-hd', bus: 'scsi.0', 'write-cache': 'on', dpofua: true };
  }
}

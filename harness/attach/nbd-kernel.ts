/**
 * The kernel's own NBD client, where its module is loaded: the disk is /dev/nbdN itself, with neither FUSE nor a
 * loop device in between. Source: nbd-client(8); drivers/block/nbd.c (sysfs file `pid` exists while connected).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ExecaError, execa } from 'execa';
import { UnavailableError } from '../verdict/errors.js';
import type { AttachingRun } from './attaching-run.js';

/** A disk served over NBD as a block device of this machine. */
export interface AttachedDisk {
  /** `/dev/...` */
  device: string;
  detach(): Promise<void>;
}

export async function attachKernelNbd(space: AttachingRun, socketPath: string): Promise<AttachedDisk> {
  if (!existsSync('/sys/module/nbd')) {
    throw new UnavailableError(
      'attach nbd: the kernel module nbd is not loaded: modprobe nbd, or use --attach nbdfuse',
    );
  }
  const device = freeDevice();
  space.note({ kind: 'nbd', what: device });
  try {
    await execa('nbd-client', ['-unix', socketPath, device, '-block-size', '512']);
  } catch (error) {
    if (error instanceof ExecaError && error.code === 'ENOENT') {
      throw new UnavailableError('attach nbd: nbd-client is missing: apt-get install nbd-client');
    }
    throw error;
  }
  return { device, detach: () => disconnectKernelNbd(device) };
}

/** Disconnects a device that one of our processes serves; one that is free already is left alone. */
export async function disconnectKernelNbd(device: string): Promise<void> {
  if (existsSync(pidFile(device))) await execa('nbd-client', ['-d', device]);
}

function freeDevice(): string {
  const names = readdirSync('/sys/block').filter((name) => /^nbd\d+$/.test(name));
  for (const name of names) {
    const device = `/dev/${name}`;
    const sizeSectors = Number(readFileSync(`/sys/block/${name}/size`, 'utf8'));
    if (!existsSync(pidFile(device)) && sizeSectors === 0) return device;
  }
  throw new UnavailableError(
    `attach nbd: all ${names.length} nbd devices are in use: modprobe nbd nbds_max=64`,
  );
}

function pidFile(device: string): string {
  return `/sys/block/${device.slice('/dev/'.length)}/pid`;
}

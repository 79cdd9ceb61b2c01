/**
 * Loop devices: a block device over a file, here always a file that one of our own processes serves.
 *
 * Direct I/O is on, or the page cache of the served file would answer with blocks of an earlier crash state;
 * read-ahead is 0, or recovery would seem to read blocks that it never needed.
 * Source: loop(4), include/uapi/linux/loop.h.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { UnavailableError } from '../verdict/errors.js';
import type { AttachingRun } from './attaching-run.js';
import { sendSingly } from './gathered-requests.js';
import { ioctl, SystemCallError } from './libc.js';

const request = {
  configure: 0x4c0a,
  clear: 0x4c01,
  status: 0x4c05,
  getFree: 0x4c82,
  setReadAhead: 0x1262,
} as const;
const flag = { readOnly: 1, directIo: 16 } as const;
/** struct loop_config: fd and block size (u32 each), struct loop_info64 (232 bytes), 8 reserved u64. */
const configBytes = 304;
const infoOffset = 8;
const infoBytes = 232;
const partOffset = infoOffset + 24;
const flagsOffset = infoOffset + 52;
const nameOffset = infoOffset + 56;

export interface LoopOptions {
  /** On in every honest run; off only to show that the calibration notices. */
  directIo?: boolean;
  readOnly?: boolean;
  /** The part of the file that it shows; without it all. Whole blocks of 4096 bytes. */
  part?: { firstByte: number; lengthBytes: number };
}

/** Whose a device is: losetup shows the label, 63 bytes at most, and the device is noted before it is set up. */
export type LoopOwner = Pick<AttachingRun, 'label' | 'note'>;

/** Attaches a file that holds disks one behind the other, all of a size, to a loop device for each. */
export function attachLoops(
  file: string,
  owner: LoopOwner,
  { sizeBytes, count, ...options }: Omit<LoopOptions, 'part'> & { sizeBytes: number; count: number },
): string[] {
  const lengthBytes = sizeBytes / count;
  return Array.from({ length: count }, (_, nth) => {
    const part = count === 1 ? {} : { part: { firstByte: nth * lengthBytes, lengthBytes } };
    return attachLoop(file, owner, { ...options, ...part });
  });
}

/** Attaches `file` to a free loop device and returns its path, `/dev/loopN`. */
export function attachLoop(file: string, owner: LoopOwner, options: LoopOptions = {}): string {
  const config = Buffer.alloc(configBytes);
  const backing = openSync(file, options.readOnly ? 'r' : 'r+');
  try {
    config.writeUInt32LE(backing, 0);
    config.writeUInt32LE(512, 4);
    const flags = (options.directIo === false ? 0 : flag.directIo) | (options.readOnly ? flag.readOnly : 0);
    config.writeUInt32LE(flags, flagsOffset);
    if (options.part) {
      config.writeBigUInt64LE(BigInt(options.part.firstByte), partOffset);
      config.writeBigUInt64LE(BigInt(options.part.lengthBytes), partOffset + 8);
    }
    config.write(owner.label.slice(0, 63), nameOffset);
    // Another process may take the free device between the two calls: ask again.
    for (let attempt = 0; ; attempt++) {
      const device = freeDevice();
      owner.note({ kind: 'loop', what: device });
      const fd = openSync(device, 'r+');
      try {
        ioctl(fd, request.configure, config);
        ioctl(fd, request.setReadAhead, 0);
        requireFlushes(device);
        return device;
      } catch (error) {
        if (!(error instanceof SystemCallError && error.code === 'EBUSY' && attempt < 50)) throw error;
        owner.note({ kind: 'loop gone', what: device });
      } finally {
        closeSync(fd);
      }
    }
  } finally {
    closeSync(backing);
  }
}

function freeDevice(): string {
  let control: number;
  try {
    control = openSync('/dev/loop-control', 'r+');
  } catch (error) {
    throw new UnavailableError(
      `cannot open /dev/loop-control (${(error as NodeJS.ErrnoException).code}): loop devices need root and, in a container, --device /dev/loop-control`,
    );
  }
  try {
    const device = `/dev/loop${ioctl(control, request.getFree, 0)}`;
    if (!existsSync(device)) {
      throw new UnavailableError(`${device} has no device node: mknod ${device} b 7 ${device.slice(9)}`);
    }
    return device;
  } finally {
    closeSync(control);
  }
}

/**
 * Detaches a device that `attachLoop` made; noted, so that nobody takes it for the owner's when others have it. One that
 * somebody still uses goes when they are done; until then it is the owner's, who may have to end them.
 */
export function releaseLoop(device: string, owner: LoopOwner): void {
  if (detachLoop(device, owner.label) && backingFileOf(device) === null)
    owner.note({ kind: 'loop gone', what: device });
}

/** The path of what a loop device lies on, as the kernel has it; null when it is free. Nobody who serves it is asked. */
export function backingFileOf(device: string): string | null {
  try {
    return readFileSync(`/sys/block/${device.slice('/dev/'.length)}/loop/backing_file`, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

/**
 * Detaches a loop device that bears our label; true when it did. One that is free, or has become somebody else's
 * since we knew it, is left alone: while it is open here it cannot change hands between the look and the call.
 */
export function detachLoop(
  device: string,
  label: string,
  options: { evenUnreadable?: boolean } = {},
): boolean {
  const fd = openSync(device, 'r');
  try {
    if (!bearsLabel(fd, label, options.evenUnreadable ?? false)) return false;
    ioctl(fd, request.clear, 0);
    sendSingly(device);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** The kernel reads a label through the backing file, and cannot when whoever served that is dead. */
function bearsLabel(fd: number, label: string, evenUnreadable: boolean): boolean {
  try {
    return loopLabelOf(fd) === label;
  } catch (error) {
    if (evenUnreadable && error instanceof SystemCallError) return true;
    throw error;
  }
}

/**
 * Somebody may have told this device number that it has no write cache; the kernel remembers that when the
 * device is attached anew, and then sends no flush at all: every recording would be of a disk without fsync.
 */
function requireFlushes(device: string): void {
  const setting = `/sys/block/${device.slice('/dev/'.length)}/queue/write_cache`;
  if (!existsSync(setting) || readFileSync(setting, 'utf8').trim() === 'write back') return;
  writeFileSync(setting, 'write back');
  if (readFileSync(setting, 'utf8').trim() !== 'write back') {
    throw new UnavailableError(
      `${device} sends no flushes (${setting} is not "write back") and cannot be told to`,
    );
  }
}

/** The label a loop device was attached with; null when it is free. */
export function loopLabelOf(fd: number): string | null {
  const info = Buffer.alloc(infoBytes);
  try {
    ioctl(fd, request.status, info);
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'ENXIO') return null;
    throw error;
  }
  const name = info.subarray(nameOffset - infoOffset, nameOffset - infoOffset + 64);
  return name.toString('utf8', 0, name.indexOf(0));
}

/** Loop devices that have a backing file, whosever they are. */
export function attachedLoops(): string[] {
  if (!existsSync('/sys/block')) return [];
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop') && existsSync(`/sys/block/${name}/loop/backing_file`))
    .map((name) => `/dev/${name}`);
}

/** Those of them whose backing file cannot be asked any more, because whoever served it is dead. */
export function deadLoops(): string[] {
  return attachedLoops().filter((device) => {
    try {
      const fd = openSync(device, 'r');
      try {
        loopLabelOf(fd);
        return false;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return error instanceof SystemCallError && ['ENOTCONN', 'ECONNABORTED'].includes(error.code);
    }
  });
}

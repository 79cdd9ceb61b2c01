/**
 * Mapped block devices, by the kernel's own interface: dmsetup(8) costs a process and waits for udev.
 *
 * struct dm_ioctl, 312 bytes little-endian: version u32 x 3 @0, data_size @12, data_start @16, target_count @20, open_count
 * @24, flags @28, event_nr @32, dev u64 @40, name char[128] @48, uuid char[129] @176. Behind it, for a table, one struct
 * dm_target_spec a target: sector_start u64 @0, length u64 @8, status @16, next @20, target_type char[16] @24; then its
 * parameters, with a NUL, to a multiple of 8. Source: include/uapi/linux/dm-ioctl.h.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { ioctl, SystemCallError } from '../libc.js';

const headBytes = 312;
const specBytes = 40;
const command = { create: 3, remove: 4, suspend: 6, load: 9 } as const;
const control = '/dev/mapper/control';

/** What a stretch of a mapped device is. */
export interface Target {
  sectors: number;
  type: string;
  parameters: string;
}

/**
 * Makes a mapped device of these targets, one behind the other; its path, `/dev/dm-N`.
 * @throws SystemCallError where the kernel refuses the table, or has no device mapper (ENOENT)
 */
export function mapDevice(name: string, targets: readonly Target[]): string {
  const made = send(command.create, head(name));
  const device = `/dev/dm-${minorOf(made.readBigUInt64LE(40))}`;
  try {
    let start = 0;
    const specs = targets.map((target) => {
      const bytes = spec(target, start);
      start += target.sectors;
      return bytes;
    });
    const table = Buffer.concat([head(name), ...specs]);
    table.writeUInt32LE(table.length, 12);
    table.writeUInt32LE(targets.length, 20);
    send(command.load, table);
    // Without the flag that says suspend, it resumes: the table comes into use.
    send(command.suspend, head(name));
    if (!existsSync(device)) throw new SystemCallError('open', device, 2);
    return device;
  } catch (error) {
    unmapDevice(name);
    throw error;
  }
}

export function unmapDevice(name: string): void {
  send(command.remove, head(name));
}

function send(number: number, argument: Buffer): Buffer {
  let fd: number;
  try {
    fd = openSync(control, 'r+');
  } catch (error) {
    throw new SystemCallError('open', control, Math.abs((error as NodeJS.ErrnoException).errno ?? 2));
  }
  try {
    // _IOWR(0xfd, number, struct dm_ioctl)
    ioctl(fd, 0xc1_38_fd_00 + number, argument);
    return argument;
  } finally {
    closeSync(fd);
  }
}

function head(name: string): Buffer {
  const bytes = Buffer.alloc(headBytes);
  bytes.writeUInt32LE(4, 0);
  bytes.writeUInt32LE(headBytes, 12);
  bytes.writeUInt32LE(headBytes, 16);
  bytes.write(name, 48, 127);
  return bytes;
}

function spec({ sectors, type, parameters }: Target, start: number): Buffer {
  const length = specBytes + Buffer.byteLength(parameters) + 1;
  const bytes = Buffer.alloc(Math.ceil(length / 8) * 8);
  bytes.writeBigUInt64LE(BigInt(start), 0);
  bytes.writeBigUInt64LE(BigInt(sectors), 8);
  bytes.writeUInt32LE(bytes.length, 20);
  bytes.write(type, 24, 15);
  bytes.write(parameters, specBytes);
  return bytes;
}

/** As user space is told of it: 12 bits of major between the low 8 and the high 12 bits of minor (kdev_t.h). */
function minorOf(device: bigint): number {
  const low = Number(device & 0xffffffffn);
  return (low & 0xff) | ((low >>> 12) & 0xfff00);
}

/**
 * md RAID1 over two disks, by the kernel's own interface: mdadm(8) may be missing.
 *
 * A disk begins with its data; its superblock of version 1.0 lies 8 KiB before its end, rounded down to 4 KiB (struct
 * mdp_superblock_1, include/uapi/linux/raid/md_p.h; little-endian; 256 bytes and 2 for each disk): magic u32 @0, version
 * u32 @4, set_uuid @16, set_name @32, level u32 @72, size u64 @80, raid_disks u32 @92, data_offset u64 @128, data_size u64
 * @136, super_offset u64 @144, dev_number u32 @160, device_uuid @168, events u64 @200, resync_offset u64 @208, sb_csum u32
 * @216, max_dev u32 @220, roles u16 each @256. Units are sectors.
 *
 * What was not clean when the power went is brought in line from the first disk, in the background; here that is put off
 * (sync_action: frozen), as on an array that is busy. Until it is done md reads from the first disk.
 */
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { deviceNumber } from '../device-number.js';
import { ioctl } from '../libc.js';
import type { StorageLayer } from './layer.js';

const blockSectors = 8;
/** Of the data: what is behind is the superblock's. */
const keptSectors = 3 * blockSectors;
const superblockBytes = 260;
const magic = 0xa92b4efc;
const never = 0xffff_ffff_ffff_ffffn;

/** _IOW(9, NUMBER, SIZE); _IO for the last (include/uapi/linux/raid/md_u.h). */
const request = {
  addNewDisk: 0x4014_0921,
  setArrayInfo: 0x4048_0923,
  runArray: 0x400c_0930,
  stopArray: 0x932,
} as const;

export const mirror: StorageLayer = {
  make: (device, { moreDisks = [] }) => {
    for (const [nth, disk] of [device, ...moreDisks].entries()) writeSuperblock(disk, nth);
  },
  raise: (device, { moreDisks = [] }) => {
    // A new one each time: the last goes when it pleases, and keeps blocks in memory until then.
    const name = `md_plugpull${++arrays}`;
    writeFileSync(`${parameters}/new_array`, name);
    const path = `/dev/${name}`;
    const fd = openSync(path, constants.O_RDWR);
    try {
      const info = Buffer.alloc(72);
      info.writeUInt32LE(1, 0);
      ioctl(fd, request.setArrayInfo, info);
      for (const disk of [device, ...moreDisks]) ioctl(fd, request.addNewDisk, diskInfo(disk));
      // Until it is written to it does nothing by itself.
      writeFileSync(`${parameters}/start_ro`, '1');
      ioctl(fd, request.runArray, Buffer.alloc(12));
      writeFileSync(`/sys/block/${name}/md/sync_action`, 'frozen');
    } catch (error) {
      stop(fd);
      throw error;
    }
    closeSync(fd);
    return { path, mounts: [], lower: () => stop(openSync(path, 'r')) };
  },
};

/** md_mod's (drivers/md/md.c). */
const parameters = '/sys/module/md_mod/parameters';
let arrays = 0;

function stop(fd: number): void {
  try {
    ioctl(fd, request.stopArray, 0);
  } finally {
    closeSync(fd);
  }
}

/** mdu_disk_info_t: number, major, minor, raid_disk, state. With a superblock only the device counts. */
function diskInfo(disk: string): Buffer {
  const { major, minor } = deviceNumber(disk);
  const info = Buffer.alloc(20);
  info.writeUInt32LE(major, 4);
  info.writeUInt32LE(minor, 8);
  return info;
}

function writeSuperblock(disk: string, nth: number): void {
  const sectors = Number(readFileSync(`/sys/class/block/${basename(disk)}/size`, 'utf8'));
  const at = Math.floor((sectors - 16) / blockSectors) * blockSectors;
  const dataSectors = Math.floor((sectors - keptSectors) / blockSectors) * blockSectors;
  const block = Buffer.alloc(4096);
  block.writeUInt32LE(magic, 0);
  block.writeUInt32LE(1, 4);
  block.write('plugpull', 16, 'latin1');
  block.write('plugpull', 32, 'latin1');
  block.writeUInt32LE(1, 72);
  block.writeBigUInt64LE(BigInt(dataSectors), 80);
  block.writeUInt32LE(2, 92);
  block.writeBigUInt64LE(BigInt(dataSectors), 136);
  block.writeBigUInt64LE(BigInt(at), 144);
  block.writeUInt32LE(nth, 160);
  block.write(`plugpull ${nth}`, 168, 'latin1');
  block.writeBigUInt64LE(1n, 200);
  block.writeBigUInt64LE(never, 208);
  block.writeUInt32LE(2, 220);
  block.writeUInt16LE(0, 256);
  block.writeUInt16LE(1, 258);
  block.writeUInt32LE(checksum(block.subarray(0, superblockBytes)), 216);
  const fd = openSync(disk, 'r+');
  try {
    writeSync(fd, block, 0, block.length, at * 512);
  } finally {
    closeSync(fd);
  }
}

/** calc_sb_1_csum: the sum of its words, folded once. */
function checksum(superblock: Buffer): number {
  let sum = 0;
  for (let at = 0; at < superblock.length; at += 4) sum += superblock.readUInt32LE(at);
  return ((sum % 2 ** 32) + Math.floor(sum / 2 ** 32)) >>> 0;
}

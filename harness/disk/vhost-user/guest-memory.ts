/**
 * A machine's memory, mapped: regions of its physical addresses, each a part of a file that it passed.
 *
 * Every address that the machine gives is looked up here, so nothing outside its own memory is ever touched. What it
 * can still do is make the file shorter, and whoever then touches the mapping dies; its machines are started by
 * plugpull itself and have no reason to.
 */
import { closeSync, fstatSync } from 'node:fs';
import { type MappedMemory, mapShared } from '../../attach/memory-map.js';
import { readU64, VhostUserRefusal } from './protocol.js';

const maxRegions = 8;
const regionBytes = 32;
const tableHeadBytes = 8;
const pageBytes = 4096;
/** What one view of memory can hold (buffer.constants.MAX_LENGTH of Node.js 20). */
const maxMappedBytes = 2 ** 32;

interface Region {
  guestAddress: number;
  /** The same byte's address in the machine's own process: rings are given so. */
  userAddress: number;
  sizeBytes: number;
  /** Where the region begins in the mapping. */
  offset: number;
  mapped: MappedMemory;
}

/** A stretch of memory as an ArrayBuffer and where it begins in there. */
export interface Stretch {
  memory: ArrayBuffer;
  offset: number;
}

export class GuestMemory {
  #zeroPage: number | null = null;

  private constructor(private readonly regions: readonly Region[]) {}

  /**
   * Maps what a memory table describes: u32 count, u32 0, then of each region u64 guest address, size, user address,
   * offset in its file. The descriptors are the caller's.
   */
  static map(table: Buffer, descriptors: readonly number[]): GuestMemory {
    const count = table.length >= tableHeadBytes ? table.readUInt32LE(0) : 0;
    if (count === 0 || count > maxRegions || table.length < tableHeadBytes + count * regionBytes)
      throw new VhostUserRefusal(`memory table of ${count} regions in ${table.length} bytes`);
    if (descriptors.length !== count)
      throw new VhostUserRefusal(`${count} regions of memory, but ${descriptors.length} descriptors`);
    const regions: Region[] = [];
    try {
      for (const [nth, fd] of descriptors.entries()) {
        const at = tableHeadBytes + nth * regionBytes;
        const guestAddress = readU64(table, at);
        const sizeBytes = readU64(table, at + 8);
        const userAddress = readU64(table, at + 16);
        const offset = readU64(table, at + 24);
        const end = offset + sizeBytes;
        if (sizeBytes === 0 || end > maxMappedBytes || end > fstatSync(fd).size)
          throw new VhostUserRefusal(`region of ${sizeBytes} bytes at ${offset} of a file with less`);
        regions.push({ guestAddress, sizeBytes, userAddress, offset, mapped: mapShared(fd, end) });
      }
    } catch (error) {
      for (const { mapped } of regions) mapped.unmap();
      throw error;
    }
    return new GuestMemory(regions);
  }

  /** By the address in the machine's own process; all of it in one region. */
  ofUser(userAddress: number, lengthBytes: number, alignment: number): Stretch {
    for (const { userAddress: start, sizeBytes, offset, mapped } of this.regions) {
      const within = userAddress - start;
      if (within < 0 || within + lengthBytes > sizeBytes) continue;
      if ((offset + within) % alignment !== 0)
        throw new VhostUserRefusal(`ring at ${userAddress}: expected a multiple of ${alignment}`);
      return { memory: mapped.bytes, offset: offset + within };
    }
    throw new VhostUserRefusal(
      `ring of ${lengthBytes} bytes at ${userAddress}, outside the machine's memory`,
    );
  }

  /** By physical address, appended to `into`: more than one view where regions meet. */
  ofGuest(address: number, lengthBytes: number, into: Buffer[]): void {
    let at = address;
    const end = address + lengthBytes;
    while (at < end) {
      const region = this.regions.find(
        ({ guestAddress, sizeBytes }) => at >= guestAddress && at < guestAddress + sizeBytes,
      );
      if (!region)
        throw new VhostUserRefusal(`${lengthBytes} bytes at ${address}, outside the machine's memory`);
      const { guestAddress, sizeBytes, offset, mapped } = region;
      const count = Math.min(end, guestAddress + sizeBytes) - at;
      into.push(Buffer.from(mapped.bytes, offset + at - guestAddress, count));
      at += count;
    }
  }

  /** The same of what a machine has written to a disk. */
  ofGuestReadOnly(address: number, lengthBytes: number, into: Buffer[]): void {
    if (this.#isZeroPage(address, lengthBytes)) into.push(Buffer.alloc(lengthBytes));
    else this.ofGuest(address, lengthBytes, into);
  }

  /**
   * The page of zeros that a kernel writes when a disk cannot make zeros by itself lies in the image of User-mode Linux's
   * program since Linux 7, below the memory that it shares. It is the one page there that is ever written to a disk; a
   * second one is refused.
   */
  #isZeroPage(address: number, lengthBytes: number): boolean {
    const isBelow = this.regions.every(({ guestAddress }) => address < guestAddress);
    if (!isBelow || address === 0 || address % pageBytes !== 0 || lengthBytes > pageBytes) return false;
    this.#zeroPage ??= address;
    return address === this.#zeroPage;
  }

  /** Nobody may hold anything of it any more. */
  unmap(): void {
    for (const { mapped } of this.regions) mapped.unmap();
  }
}

/** Closes descriptors that were passed and are not needed, or not any more. */
export function closeAll(descriptors: readonly number[]): void {
  for (const fd of descriptors) closeSync(fd);
}

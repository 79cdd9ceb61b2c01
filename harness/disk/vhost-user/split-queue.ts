/**
 * A split virtqueue (virtio 1.2, section 2.7): descriptors, what the machine makes available, what was used.
 *
 *     descriptor   u64 address, u32 length, u16 flags (1 next, 2 the device writes, 4 indirect), u16 next
 *     available    u16 flags, u16 index, u16 descriptor[size], u16 used_event
 *     used         u16 flags, u16 index, {u32 descriptor, u32 length}[size], u16 available_event
 *
 * The machine shares this memory and may change it at any time, so each value is read once, checked, and used from
 * there. Indices only ever grow (modulo 2^16); Atomics are the fences that virtio asks for.
 */
import type { GuestMemory } from './guest-memory.js';
import { VhostUserRefusal } from './protocol.js';

export const maxQueueSize = 1024;

const descriptorBytes = 16;
const flag = { next: 1, write: 2, indirect: 4 } as const;

/** What one request is made of. */
export interface Chain {
  head: number;
  /** What the machine wrote for the device to read. */
  readable: Buffer[];
  /** Where the device writes. */
  writable: Buffer[];
}

export interface QueueLayout {
  /** A power of two. */
  size: number;
  /** Addresses in the machine's own process. */
  descriptors: number;
  available: number;
  used: number;
  /** Where the machine's index stood when it was last served. */
  base: number;
  eventIndex: boolean;
}

export class SplitQueue {
  readonly #size: number;
  readonly #descriptors: DataView;
  readonly #available: Uint16Array;
  readonly #used: Uint16Array;
  readonly #usedElements: Uint32Array;
  readonly #eventIndex: boolean;
  /** The machine's index up to which everything was taken. */
  #taken: number;
  #usedIndex: number;
  /** Used index that the machine was last told of. */
  #told: number;

  constructor(
    private readonly memory: GuestMemory,
    { size, descriptors, available, used, base, eventIndex }: QueueLayout,
  ) {
    if (size === 0 || size > maxQueueSize || (size & (size - 1)) !== 0)
      throw new VhostUserRefusal(`queue of ${size}: expected a power of two up to ${maxQueueSize}`);
    const table = memory.ofUser(descriptors, size * descriptorBytes, 16);
    const offers = memory.ofUser(available, 6 + 2 * size, 2);
    const results = memory.ofUser(used, 6 + 8 * size, 4);
    this.#size = size;
    this.#eventIndex = eventIndex;
    this.#descriptors = new DataView(table.memory, table.offset, size * descriptorBytes);
    this.#available = new Uint16Array(offers.memory, offers.offset, 3 + size);
    this.#used = new Uint16Array(results.memory, results.offset, 3 + 4 * size);
    this.#usedElements = new Uint32Array(results.memory, results.offset + 4, 2 * size);
    this.#taken = base & 0xffff;
    this.#usedIndex = Atomics.load(this.#used, 1);
    this.#told = this.#usedIndex;
  }

  /** The machine's index up to which everything was taken: where a next one would begin. */
  get base(): number {
    return this.#taken;
  }

  /** The chains that came since the last call. */
  take(): Chain[] {
    const chains: Chain[] = [];
    const index = Atomics.load(this.#available, 1);
    const count = (index - this.#taken) & 0xffff;
    if (count > this.#size)
      throw new VhostUserRefusal(`${count} requests made available in a queue of ${this.#size}`);
    for (let nth = 0; nth < count; nth++) {
      chains.push(this.#chain(this.#available[2 + (this.#taken & (this.#size - 1))]!));
      this.#taken = (this.#taken + 1) & 0xffff;
    }
    return chains;
  }

  /** Asks for a kick when something comes. False when something came meanwhile. */
  arm(): boolean {
    if (this.#eventIndex) Atomics.store(this.#used, 2 + 4 * this.#size, this.#taken);
    return Atomics.load(this.#available, 1) === this.#taken;
  }

  /** Gives a chain back; `writtenBytes` of its writable part are new. The machine sees it after `publish`. */
  give(head: number, writtenBytes: number): void {
    const at = 2 * (this.#usedIndex & (this.#size - 1));
    this.#usedElements[at] = head;
    this.#usedElements[at + 1] = writtenBytes;
    this.#usedIndex = (this.#usedIndex + 1) & 0xffff;
  }

  /** Shows what was given back. True when the machine wants to be called for it. */
  publish(): boolean {
    const told = this.#told;
    if (told === this.#usedIndex) return false;
    this.#told = this.#usedIndex;
    Atomics.store(this.#used, 1, this.#usedIndex);
    if (!this.#eventIndex) return (Atomics.load(this.#available, 0) & 1) === 0;
    const event = Atomics.load(this.#available, 2 + this.#size);
    // Did the index pass the one that the machine waits for?
    return ((this.#usedIndex - event - 1) & 0xffff) < ((this.#usedIndex - told) & 0xffff);
  }

  #chain(head: number): Chain {
    const chain: Chain = { head, readable: [], writable: [] };
    this.#walk(this.#descriptors, this.#size, head, chain, false);
    return chain;
  }

  #walk(table: DataView, size: number, first: number, chain: Chain, isIndirect: boolean): void {
    let index = first;
    // A chain has at most as many members as the table: one that goes on is a loop.
    for (let met = 0; met < size; met++) {
      if (index >= size) throw new VhostUserRefusal(`descriptor ${index} of ${size}`);
      const at = index * descriptorBytes;
      const high = table.getUint32(at + 4, true);
      if (high >= 2 ** 21) throw new VhostUserRefusal('descriptor beyond 2^53');
      const address = high * 2 ** 32 + table.getUint32(at, true);
      const lengthBytes = table.getUint32(at + 8, true);
      const flags = table.getUint16(at + 12, true);
      const next = table.getUint16(at + 14, true);
      if (flags & flag.indirect) {
        // Only as the last of a chain, and not within another.
        if (isIndirect || flags & (flag.next | flag.write))
          throw new VhostUserRefusal('indirect descriptor in the wrong place');
        this.#walkIndirect(address, lengthBytes, chain);
        return;
      }
      if (flags & flag.write) this.memory.ofGuest(address, lengthBytes, chain.writable);
      else {
        if (chain.writable.length > 0)
          throw new VhostUserRefusal('readable descriptor behind a writable one');
        this.memory.ofGuestReadOnly(address, lengthBytes, chain.readable);
      }
      if (!(flags & flag.next)) return;
      index = next;
    }
    throw new VhostUserRefusal('descriptors that loop');
  }

  #walkIndirect(address: number, lengthBytes: number, chain: Chain): void {
    const count = lengthBytes / descriptorBytes;
    if (!Number.isInteger(count) || count === 0 || count > maxQueueSize)
      throw new VhostUserRefusal(`indirect table of ${lengthBytes} bytes`);
    const parts: Buffer[] = [];
    this.memory.ofGuest(address, lengthBytes, parts);
    const table = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#walk(new DataView(table.buffer, table.byteOffset, lengthBytes), count, 0, chain, true);
  }
}

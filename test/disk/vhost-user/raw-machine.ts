/**
 * The machine's side of vhost-user, by hand: a memory of its own, one split queue, and messages that need not be sound.
 * Runs in the same process as the server, whose poll it turns.
 */
import { closeSync, ftruncateSync, readSync } from 'node:fs';
import koffi from 'koffi';
import { maxPassedBytes, receiveMessage, sendMessage } from '../../../harness/attach/descriptor-passing.js';
import { type EventPoll, eventCounter, raise } from '../../../harness/attach/event-poll.js';
import { type MappedMemory, mapShared } from '../../../harness/attach/memory-map.js';
import { connectUnix } from '../../../harness/attach/unix-socket.js';
import { feature, headerBytes, request } from '../../../harness/disk/vhost-user/protocol.js';

const memfdCreate = koffi.load('libc.so.6').func('int memfd_create(const char *name, unsigned int flags)');

export const memoryBytes = 1024 * 1024;
/** Physical address 0 of the machine is not in its memory. */
export const guestBase = 0x10000;
export const userBase = 0x7f00_0000_0000;
export const queueSize = 64;
export const ring = { descriptors: 0, available: 0x1000, used: 0x2000 } as const;
/** Where requests' headers and data are put, as offsets. */
const scratchStart = 0x4000;

/** A descriptor as it is in the table; `next` null ends the chain. */
export interface RawDescriptor {
  address: bigint;
  length: number;
  flags: number;
  next: number;
}

/** One part of a request: bytes for the device, or how many it may write. */
export type Part = Buffer | number;

export interface Answered {
  status: number;
  /** What the device wrote in the writable parts but the last byte. */
  data: Buffer;
  /** What it says it wrote. */
  usedBytes: number;
}

export function message(which: number, payload: Buffer, flags = 1, lengthBytes = payload.length): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(which, 0);
  header.writeUInt32LE(flags, 4);
  header.writeUInt32LE(lengthBytes, 8);
  return Buffer.concat([header, payload]);
}

export function u64s(...values: (bigint | number)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [nth, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * nth);
  return bytes;
}

export function u32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [nth, value] of values.entries()) bytes.writeUInt32LE(value, 4 * nth);
  return bytes;
}

export class RawMachine {
  readonly memoryFd: number;
  readonly memory: Buffer;
  readonly kick = eventCounter();
  readonly call = eventCounter();
  readonly #mapped: MappedMemory;
  readonly #socket: number;
  #available = 0;
  #used = 0;
  /** Descriptors and scratch memory are given out in turn; tests wait for their answers. */
  #descriptor = 0;
  #scratch = scratchStart;

  constructor(
    socketPath: string,
    private readonly poll: EventPoll,
  ) {
    this.memoryFd = memfdCreate('machine', 1);
    ftruncateSync(this.memoryFd, memoryBytes);
    this.#mapped = mapShared(this.memoryFd, memoryBytes);
    this.memory = Buffer.from(this.#mapped.bytes);
    this.#socket = connectUnix(socketPath);
    this.turn();
  }

  /** Lets the server do all it has to do. */
  turn(): void {
    while (this.poll.turn(0));
  }

  send(bytes: Buffer, descriptors: readonly number[] = []): void {
    sendMessage(this.#socket, bytes, descriptors);
    this.turn();
  }

  /** What the server has said; `ended` when it has hung up. */
  hear(): Buffer | 'waits' | 'ended' {
    const into = Buffer.alloc(maxPassedBytes);
    const got = receiveMessage(this.#socket, into);
    return typeof got === 'string' ? got : into.subarray(0, got.length);
  }

  ask(which: number, payload: Buffer = Buffer.alloc(0)): Buffer {
    this.send(message(which, payload));
    const heard = this.hear();
    if (typeof heard === 'string') throw new Error(`request ${which}: ${heard}`);
    return heard.subarray(headerBytes);
  }

  tell(which: number, payload: Buffer = Buffer.alloc(0), descriptors: readonly number[] = []): void {
    this.send(message(which, payload), descriptors);
  }

  /** All that a driver says before its first request. */
  begin(wanted = ~(feature.indirectDescriptors | feature.eventIndex)): void {
    this.tell(request.setOwner);
    const offered = this.ask(request.getFeatures).readBigUInt64LE();
    this.ask(request.getProtocolFeatures);
    this.tell(request.setProtocolFeatures, u64s(1n << 9n));
    this.tell(request.setFeatures, u64s(offered & BigInt.asUintN(64, wanted)));
    this.tellMemory();
    this.tell(request.setQueueCall, u64s(0), [this.call]);
    this.tell(request.setQueueSize, u32s(0, queueSize));
    this.tell(request.setQueueBase, u32s(0, 0));
    this.tellAddresses();
    this.tell(request.setQueueKick, u64s(0), [this.kick]);
    this.tell(request.setQueueEnable, u32s(0, 1));
  }

  tellMemory(): void {
    const region = u64s(guestBase, memoryBytes, userBase, 0);
    this.tell(request.setMemoryTable, Buffer.concat([u32s(1, 0), region]), [this.memoryFd]);
  }

  tellAddresses(): void {
    const { descriptors, used, available } = ring;
    const addresses = u64s(userBase + descriptors, userBase + used, userBase + available, 0);
    this.tell(request.setQueueAddresses, Buffer.concat([u32s(0, 0), addresses]));
  }

  writeDescriptor(index: number, { address, length, flags, next }: RawDescriptor): void {
    this.putDescriptor(ring.descriptors + 16 * index, { address, length, flags, next });
  }

  putDescriptor(at: number, { address, length, flags, next }: RawDescriptor): void {
    this.memory.writeBigUInt64LE(address, at);
    this.memory.writeUInt32LE(length, at + 8);
    this.memory.writeUInt16LE(flags, at + 12);
    this.memory.writeUInt16LE(next, at + 14);
  }

  /** Memory for something, as an offset into it. */
  scratch(lengthBytes: number): number {
    if (this.#scratch + lengthBytes > memoryBytes) this.#scratch = scratchStart;
    const at = this.#scratch;
    this.#scratch += (lengthBytes + 15) & ~15;
    return at;
  }

  /** Makes a chain of descriptors available; the device hears of it at the next kick. Gives back where its parts are. */
  offer(parts: readonly Part[], options: { indirect?: boolean } = {}): { head: number; places: number[] } {
    const places = parts.map((part) => this.scratch(typeof part === 'number' ? part : part.length));
    const list = parts.map((part, nth): RawDescriptor => {
      const isLast = nth === parts.length - 1;
      if (typeof part !== 'number') part.copy(this.memory, places[nth]!);
      return {
        address: BigInt(guestBase + places[nth]!),
        length: typeof part === 'number' ? part : part.length,
        flags: (isLast ? 0 : 1) | (typeof part === 'number' ? 2 : 0),
        next: 0,
      };
    });
    if (options.indirect) {
      const table = this.scratch(16 * list.length);
      for (const [nth, each] of list.entries())
        this.putDescriptor(table + 16 * nth, { ...each, next: nth + 1 });
      const head = this.#descriptor;
      this.#descriptor = (head + 1) % queueSize;
      const whole = { address: BigInt(guestBase + table), length: 16 * list.length, flags: 4, next: 0 };
      this.writeDescriptor(head, whole);
      this.makeAvailable(head);
      return { head, places };
    }
    const indices = list.map((_, nth) => (this.#descriptor + nth) % queueSize);
    this.#descriptor = (this.#descriptor + list.length) % queueSize;
    for (const [nth, each] of list.entries())
      this.writeDescriptor(indices[nth]!, { ...each, next: indices[nth + 1] ?? 0 });
    this.makeAvailable(indices[0]!);
    return { head: indices[0]!, places };
  }

  makeAvailable(head: number): void {
    this.memory.writeUInt16LE(head, ring.available + 4 + 2 * (this.#available % queueSize));
    this.#available = (this.#available + 1) & 0xffff;
    this.memory.writeUInt16LE(this.#available, ring.available + 2);
  }

  raiseKick(): void {
    raise(this.kick);
    this.turn();
  }

  /** How often the machine was called since the last time. */
  drainCalls(): number {
    const count = Buffer.alloc(8);
    try {
      readSync(this.call, count);
    } catch {
      return 0;
    }
    return Number(count.readBigUInt64LE());
  }

  /** With event indices: not to be called before so many chains were used. */
  waitForUsed(index: number): void {
    this.memory.writeUInt16LE(index, ring.available + 4 + 2 * queueSize);
  }

  /** The next chain that the device gave back. */
  takeUsed(): { head: number; usedBytes: number } | null {
    if (this.memory.readUInt16LE(ring.used + 2) === this.#used) return null;
    const at = ring.used + 4 + 8 * (this.#used % queueSize);
    this.#used = (this.#used + 1) & 0xffff;
    return { head: this.memory.readUInt32LE(at), usedBytes: this.memory.readUInt32LE(at + 4) };
  }

  /** Sends one request and gets its answer; the last part is the status. */
  do(
    type: number,
    sector: number | bigint,
    parts: readonly Part[],
    options: { indirect?: boolean } = {},
  ): Answered {
    const header = Buffer.concat([u32s(type, 0), u64s(sector)]);
    const all = [header, ...parts, 1];
    const { head, places } = this.offer(all, options);
    this.memory[places.at(-1)!] = 0xff;
    this.raiseKick();
    const used = this.takeUsed();
    if (used?.head !== head) throw new Error(`request ${type}: ${used ? `chain ${used.head}` : 'no answer'}`);
    const data = all.flatMap((part, nth) =>
      typeof part === 'number' && nth < all.length - 1
        ? [Buffer.from(this.memory.subarray(places[nth]!, places[nth]! + part))]
        : [],
    );
    return { status: this.memory[places.at(-1)!]!, data: Buffer.concat(data), usedBytes: used.usedBytes };
  }

  close(): void {
    closeSync(this.#socket);
    this.turn();
    this.#mapped.unmap();
    for (const fd of [this.memoryFd, this.kick, this.call]) closeSync(fd);
  }
}

/**
 * One machine at the disk: what it has told so far, and its queue being served.
 *
 * Knows nothing of sockets: gets messages whole and gives replies back. A refusal (VhostUserRefusal) ends the session;
 * nothing of the machine's memory is touched after `close`.
 */
import { closeSync } from 'node:fs';
import { setNonBlocking } from '../../attach/descriptor-passing.js';
import { raise } from '../../attach/event-poll.js';
import { batchOrder } from '../batch-order.js';
import { type BlockDevice, sectorBytes } from '../block-device.js';
import { HeldWrites } from '../held-writes.js';
import { answer } from './answer.js';
import { type BlockRequest, blockTraits, decodeChain, type RequestRules } from './block-request.js';
import { configSpace, offeredFeatures, type VhostUserFeatures } from './features.js';
import { closeAll, GuestMemory } from './guest-memory.js';
import {
  feature,
  noDescriptor,
  protocolFeatures,
  queueNumberMask,
  readU64,
  reply,
  request,
  VhostUserRefusal,
} from './protocol.js';
import { type Chain, SplitQueue } from './split-queue.js';

export interface ServedDisk {
  device: BlockDevice;
  /** What the machine finds under /dev/disk/by-id; up to 20 bytes. */
  id: string;
  features: VhostUserFeatures;
  /**
   * Takes a request over when it returns true: `finish` then runs and answers it, later. For devices on which a read
   * waits for somebody.
   */
  defer?: (request: BlockRequest, finish: () => void) => boolean;
  /** Milliseconds that a write takes until it reaches the device and is answered, now. Default: none. */
  writeDelayMs?: () => number;
  /** Gets what the device threw that was no BlockIoError: a fault of this program. */
  onFault: (fault: unknown) => void;
}

/** Waiting for kicks is somebody else's affair. */
export interface KickWatch {
  watch(kick: number, kicked: () => void): void;
  unwatch(kick: number): void;
}

const stateBytes = 8;
const configHeadBytes = 12;

export class VhostUserSession {
  readonly #rules: RequestRules;
  readonly #held: HeldWrites<BlockRequest>;
  #features = 0n;
  #memory: GuestMemory | null = null;
  #size = 0;
  #base = 0;
  #addresses: { descriptors: number; used: number; available: number } | null = null;
  #kick: number | null = null;
  #call: number | null = null;
  #enabled = false;
  #queue: SplitQueue | null = null;
  /** So many slow writes are held that nothing more is taken until some are done. */
  #waitsForRoom = false;
  #closed = false;

  constructor(
    private readonly disk: ServedDisk,
    private readonly kicks: KickWatch,
  ) {
    const { device, features, writeDelayMs = () => 0 } = disk;
    this.#rules = {
      sizeBytes: device.sizeBytes,
      blockBytes: features.logicalBlockBytes ?? sectorBytes,
      discard: features.discard,
      writeZeroes: features.writeZeroes,
    };
    this.#held = new HeldWrites<BlockRequest>(writeDelayMs, blockTraits, (writes) => {
      this.#carryOut(writes);
      if (this.#waitsForRoom) this.#serve();
    });
  }

  /** Handles a message, whose descriptors it takes over; returns the reply, if it takes one. */
  receive(which: number, payload: Buffer, descriptors: number[]): Buffer | null {
    const passed = [...descriptors];
    try {
      switch (which) {
        case request.setMemoryTable:
          this.#setMemory(payload, passed);
          return null;
        case request.setQueueKick:
          this.#setKick(this.#descriptorOf(payload, passed));
          return null;
        case request.setQueueCall:
          this.#setCall(this.#descriptorOf(payload, passed));
          return null;
        default:
          return this.#say(which, payload);
      }
    } finally {
      closeAll(passed);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#held.drop();
    this.#setKick(null);
    this.#setCall(null);
    this.#memory?.unmap();
    this.#memory = null;
  }

  #say(which: number, payload: Buffer): Buffer | null {
    switch (which) {
      case request.getFeatures:
        return reply(which, u64(offeredFeatures(this.disk.features)));
      case request.getProtocolFeatures:
        return reply(which, u64(protocolFeatures));
      case request.getConfig:
        return reply(which, this.#config(payload));
      case request.getQueueBase:
        return reply(which, this.#stop(payload));
      case request.setFeatures:
        this.#features = need(payload, 8).readBigUInt64LE(0);
        if ((this.#features & ~offeredFeatures(this.disk.features)) !== 0n)
          throw new VhostUserRefusal(`features ${this.#features.toString(16)}: more than were offered`);
        return null;
      case request.setQueueSize:
        this.#size = this.#queueState(payload);
        return null;
      case request.setQueueBase:
        this.#base = this.#queueState(payload);
        return null;
      case request.setQueueEnable:
        this.#enabled = this.#queueState(payload) !== 0;
        this.#start();
        return null;
      case request.setQueueAddresses:
        need(payload, 40);
        if (payload.readUInt32LE(0) !== 0) throw new VhostUserRefusal('more than one queue');
        this.#addresses = {
          descriptors: readU64(payload, 8),
          used: readU64(payload, 16),
          available: readU64(payload, 24),
        };
        this.#start();
        return null;
      default:
        // Owner, error descriptors, and what only matters for features that are not offered.
        return null;
    }
  }

  /** u32 offset, u32 size, u32 flags, then the bytes: in the reply those of the configuration space. */
  #config(payload: Buffer): Buffer {
    need(payload, configHeadBytes);
    const answered = Buffer.from(payload);
    const offset = payload.readUInt32LE(0);
    const config = configSpace(this.disk.device.sizeBytes, this.disk.features);
    answered.fill(0, configHeadBytes);
    if (offset < config.length) config.copy(answered, configHeadBytes, offset);
    return answered;
  }

  #setMemory(table: Buffer, descriptors: readonly number[]): void {
    const memory = GuestMemory.map(table, descriptors);
    // What is held lies in the memory that goes away.
    this.#held.release();
    if (this.#queue) this.#base = this.#queue.base;
    this.#queue = null;
    this.#memory?.unmap();
    this.#memory = memory;
    this.#start();
  }

  #setKick(kick: number | null): void {
    if (this.#kick !== null) {
      this.kicks.unwatch(this.#kick);
      closeSync(this.#kick);
    }
    this.#kick = kick;
    if (kick !== null) this.kicks.watch(kick, () => this.#serve());
    this.#start();
  }

  #setCall(call: number | null): void {
    if (this.#call !== null) closeSync(this.#call);
    this.#call = call;
    // User-mode Linux passes a pipe: one that nobody empties must not stop us.
    if (call !== null) setNonBlocking(call);
  }

  /** The queue is stopped and tells where it stood. */
  #stop(payload: Buffer): Buffer {
    const state = Buffer.from(need(payload, stateBytes).subarray(0, stateBytes));
    this.#held.release();
    if (this.#queue) this.#base = this.#queue.base;
    this.#queue = null;
    this.#setKick(null);
    state.writeUInt32LE(this.#base, 4);
    return state;
  }

  /** Begins to serve as soon as all is told that it takes. */
  #start(): void {
    // Without protocol features a queue is enabled by its kick alone.
    const enabled = this.#enabled || (this.#features & feature.protocolFeatures) === 0n;
    if (this.#closed || !this.#memory || !this.#addresses || this.#kick === null || !enabled) {
      if (this.#queue && !enabled) {
        this.#held.release();
        this.#base = this.#queue.base;
        this.#queue = null;
      }
      return;
    }
    if (this.#queue) return;
    this.#queue = new SplitQueue(this.#memory, {
      size: this.#size,
      base: this.#base,
      eventIndex: (this.#features & feature.eventIndex) !== 0n,
      ...this.#addresses,
    });
    this.#serve();
  }

  #serve(): void {
    const queue = this.#queue;
    if (!queue) return;
    for (;;) {
      this.#waitsForRoom = this.#held.isFull;
      if (this.#waitsForRoom) return;
      const chains = queue.take();
      if (chains.length === 0) {
        if (queue.arm()) return;
        continue;
      }
      const requests = chains.map((chain: Chain) => decodeChain(chain, this.#rules));
      this.#carryOut(this.#held.hold(batchOrder(requests, blockTraits)));
      if (this.#queue !== queue) return;
    }
  }

  #carryOut(requests: readonly BlockRequest[]): void {
    const { device, id, onFault, defer } = this.disk;
    for (const each of requests) {
      const finish = (): void => {
        this.#queue?.give(each.head, answer(device, each, id, onFault));
      };
      const later = (): void => {
        finish();
        this.#publish();
      };
      if (!defer?.(each, later)) finish();
    }
    this.#publish();
  }

  #publish(): void {
    if (this.#queue?.publish() && this.#call !== null) raise(this.#call);
  }

  #queueState(payload: Buffer): number {
    if (need(payload, stateBytes).readUInt32LE(0) !== 0) throw new VhostUserRefusal('more than one queue');
    return payload.readUInt32LE(4);
  }

  /** The descriptor of a message about a queue's; null when it says that there is none. */
  #descriptorOf(payload: Buffer, descriptors: number[]): number | null {
    const which = need(payload, 8).readUInt32LE(0);
    if ((which & queueNumberMask) !== 0) throw new VhostUserRefusal('more than one queue');
    if (which & noDescriptor) return null;
    const fd = descriptors.shift();
    if (fd === undefined) throw new VhostUserRefusal('a queue without its descriptor');
    return fd;
  }
}

function need(payload: Buffer, lengthBytes: number): Buffer {
  if (payload.length < lengthBytes)
    throw new VhostUserRefusal(`payload of ${payload.length} bytes: expected ${lengthBytes}`);
  return payload;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

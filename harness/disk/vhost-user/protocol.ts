/**
 * vhost-user: how a virtual machine hands a disk's queues to another process.
 *
 * The machine connects to a unix stream socket, one a disk, and sends messages, some with descriptors (SCM_RIGHTS):
 *
 *     u32 request, u32 flags, u32 size, then `size` bytes of payload; little-endian
 *
 * Flags: version 1 in the lowest two bits; bit 2 in a reply. Only requests that ask for something are answered
 * (get features, get protocol features, get queue's base, get config); acknowledgements are not offered.
 *
 * The machine tells where its memory is (a table of regions, a file descriptor each, to be mapped), where in it each
 * queue's rings lie, and two descriptors a queue: `kick`, by which it says that it added something, and `call`, by
 * which it is told that something is done. From then on requests go through memory alone.
 *
 * Source: QEMU, docs/interop/vhost-user.rst; as User-mode Linux speaks it, drivers/virtio of arch/um in Linux 7.2.
 */

export const headerBytes = 12;
/** The longest payload that means anything here: a table of eight regions, or 256 bytes of configuration. */
export const maxPayloadBytes = 512;

export const request = {
  getFeatures: 1,
  setFeatures: 2,
  setOwner: 3,
  setMemoryTable: 5,
  setQueueSize: 8,
  setQueueAddresses: 9,
  setQueueBase: 10,
  getQueueBase: 11,
  setQueueKick: 12,
  setQueueCall: 13,
  setQueueError: 14,
  getProtocolFeatures: 15,
  setProtocolFeatures: 16,
  setQueueEnable: 18,
  getConfig: 24,
} as const;

export const version = 1;
export const versionMask = 3;
export const replyFlag = 4;

/** In the payload of the messages with a queue's descriptor: its number, and that no descriptor came. */
export const queueNumberMask = 0xff;
export const noDescriptor = 0x100;

/** VHOST_USER_PROTOCOL_F_CONFIG: the configuration space can be asked for. */
export const protocolFeatures = 1n << 9n;

/** Feature bits of virtio, of its block device, and of vhost-user (linux/virtio_config.h, linux/virtio_blk.h). */
export const feature = {
  segmentLimit: 1n << 2n,
  blockSize: 1n << 6n,
  flush: 1n << 9n,
  discard: 1n << 13n,
  writeZeroes: 1n << 14n,
  indirectDescriptors: 1n << 28n,
  eventIndex: 1n << 29n,
  protocolFeatures: 1n << 30n,
  version1: 1n << 32n,
} as const;

/** Message with a header; `size` counts the payload. */
export function reply(which: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(which, 0);
  header.writeUInt32LE(version | replyFlag, 4);
  header.writeUInt32LE(payload.length, 8);
  return Buffer.concat([header, payload]);
}

/** The machine did what the protocol or virtio forbids; it is not served any more. */
export class VhostUserRefusal extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'VhostUserRefusal';
  }
}

/** A u64 that counts or addresses bytes. */
export function readU64(from: Buffer, at: number): number {
  const high = from.readUInt32LE(at + 4);
  if (high >= 2 ** 21) throw new VhostUserRefusal(`number beyond 2^53 at byte ${at} of a message`);
  return high * 2 ** 32 + from.readUInt32LE(at);
}

/** What the disk says of itself: virtio's feature bits and the configuration space. */
import { sectorBytes } from '../block-device.js';
import { feature } from './protocol.js';

export interface VhostUserFeatures {
  /** A volatile cache and flushes. Without it the machine takes every completed write for durable. */
  flush: boolean;
  discard: boolean;
  writeZeroes: boolean;
  /** Smallest unit of a request, as the machine is told. Default: 512. */
  logicalBlockBytes?: 512 | 4096;
}

/** Segments in one request: one that has its queue full of them still has room for header and status. */
export const maxSegments = 126;
/** A discard or a write of zeros of this many sectors a segment: 1 GiB less one block. */
const maxRangeSectors = 2 ** 21 - 8;
const configBytes = 60;

export function offeredFeatures({ flush, discard, writeZeroes }: VhostUserFeatures): bigint {
  return (
    feature.version1 |
    feature.protocolFeatures |
    feature.eventIndex |
    feature.indirectDescriptors |
    feature.segmentLimit |
    feature.blockSize |
    (flush ? feature.flush : 0n) |
    (discard ? feature.discard : 0n) |
    (writeZeroes ? feature.writeZeroes : 0n)
  );
}

/** struct virtio_blk_config, as far as its fields mean something here. Capacity is in 512-byte sectors. */
export function configSpace(
  sizeBytes: number,
  { flush, logicalBlockBytes = sectorBytes }: VhostUserFeatures,
): Buffer {
  const config = Buffer.alloc(configBytes);
  config.writeBigUInt64LE(BigInt(Math.floor(sizeBytes / sectorBytes)), 0);
  config.writeUInt32LE(maxSegments, 12);
  config.writeUInt32LE(logicalBlockBytes, 20);
  config.writeUInt8(flush ? 1 : 0, 32);
  config.writeUInt16LE(1, 34);
  config.writeUInt32LE(maxRangeSectors, 36);
  config.writeUInt32LE(1, 40);
  config.writeUInt32LE(logicalBlockBytes / sectorBytes, 44);
  config.writeUInt32LE(maxRangeSectors, 48);
  config.writeUInt32LE(1, 52);
  return config;
}

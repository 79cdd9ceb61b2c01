import type { BlockDevice } from './block-device.js';

/** A device's parts, all of one size: several disks that are kept one behind the other. A flush is one of all. */
export function partsOf(device: BlockDevice, count: number): BlockDevice[] {
  if (count === 1) return [device];
  const sizeBytes = device.sizeBytes / count;
  return Array.from({ length: count }, (_, nth): BlockDevice => {
    const first = nth * sizeBytes;
    return {
      sizeBytes,
      read: (offset, into) => device.read(first + offset, into),
      write: (offset, data, options) => device.write(first + offset, data, options),
      flush: () => device.flush(),
      discard: (offset, lengthBytes) => device.discard(first + offset, lengthBytes),
      writeZeroes: (offset, lengthBytes, options) => device.writeZeroes(first + offset, lengthBytes, options),
    };
  });
}

import type { BlockDevice } from './block-device.js';

/**
 * A device in front of another one that comes and goes, such as the disk of the recovery under way. While there is none it
 * reads as zeros, and what is written is nobody's.
 */
export function frontDevice(sizeBytes: number, under: () => BlockDevice | null): BlockDevice {
  return {
    sizeBytes,
    read(offset, into) {
      const device = under();
      if (device) device.read(offset, into);
      else into.fill(0);
    },
    write: (offset, data, options) => under()?.write(offset, data, options),
    flush: () => under()?.flush(),
    discard: (offset, lengthBytes) => under()?.discard(offset, lengthBytes),
    writeZeroes: (offset, lengthBytes, options) => under()?.writeZeroes(offset, lengthBytes, options),
  };
}

import { OverlayDevice } from '../../disk/overlay.js';
import { staleByte } from '../workload/bytes.js';

/**
 * What every workload begins on: a disk full of a byte that nobody writes, with a file system on it. Whoever finds that
 * byte in a file reads what nobody wrote there.
 */
export function prefilledDisk(sizeBytes: number): OverlayDevice {
  const nothingWritten = {
    read: (_byteOffset: number, into: Buffer) => {
      into.fill(staleByte);
    },
  };
  return new OverlayDevice(nothingWritten, sizeBytes, { keepOperations: false });
}

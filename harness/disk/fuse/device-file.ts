import type { BlockDevice } from '../block-device.js';
import type { FuseFile } from './connection.js';

/**
 * A block device as a file.
 * @param room gives so many bytes for an answer; they are free again when the next request is served
 */
export function deviceFile(device: BlockDevice, room: (lengthBytes: number) => Buffer): Required<DeviceFile> {
  return {
    sizeBytes: device.sizeBytes,
    read(offset, lengthBytes) {
      const data = room(lengthBytes);
      device.read(offset, data);
      return data;
    },
    write(offset, data) {
      device.write(offset, data, { fua: false });
      return undefined;
    },
    fsync: () => device.flush(),
    punchHole: (offset, lengthBytes) => device.discard(offset, lengthBytes),
    zeroRange: (offset, lengthBytes) => device.writeZeroes(offset, lengthBytes, { fua: false }),
  };
}

type DeviceFile = Pick<FuseFile, 'sizeBytes' | 'read' | 'write' | 'fsync' | 'punchHole' | 'zeroRange'>;

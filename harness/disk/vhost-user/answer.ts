import { type BlockDevice, BlockIoError } from '../block-device.js';
import { type BlockAction, type BlockRequest, status } from './block-request.js';

/** Bytes of a disk's identity (VIRTIO_BLK_ID_BYTES). */
const idBytes = 20;

/**
 * Runs one request on the device and notes its status in the machine's memory; returns how many bytes it wrote there.
 * An error that the device means to report fails the request; any other exception is a fault of this program, so the
 * machine gets an I/O error and `onFault` the exception.
 */
export function answer(
  device: BlockDevice,
  { action, status: into, writtenBytes }: BlockRequest,
  id: string,
  onFault: (fault: unknown) => void,
): number {
  let outcome: number;
  try {
    outcome = run(device, action, id);
  } catch (error) {
    if (!(error instanceof BlockIoError)) onFault(error);
    outcome = status.ioError;
  }
  into[0] = outcome;
  return outcome === status.ok ? writtenBytes + 1 : 1;
}

function run(device: BlockDevice, action: BlockAction, id: string): number {
  switch (action.kind) {
    case 'read':
      read(device, action.offset, action.into, action.lengthBytes);
      break;
    case 'write':
      device.write(action.offset, action.data, { fua: false });
      break;
    case 'flush':
      device.flush();
      break;
    case 'discard':
      for (const { offset, lengthBytes } of action.ranges) device.discard(offset, lengthBytes);
      break;
    case 'writeZeroes':
      for (const { offset, lengthBytes } of action.ranges)
        device.writeZeroes(offset, lengthBytes, { fua: false });
      break;
    case 'getId':
      scatter(Buffer.alloc(idBytes, 0).fill(id, 0, Math.min(idBytes, Buffer.byteLength(id))), action.into);
      break;
    case 'refused':
      return action.status;
  }
  return status.ok;
}

/** One read of the device, whatever the machine wants it in. */
function read(device: BlockDevice, offset: number, into: readonly Buffer[], lengthBytes: number): void {
  if (into.length === 1) {
    device.read(offset, into[0]!);
    return;
  }
  const whole = Buffer.allocUnsafe(lengthBytes);
  device.read(offset, whole);
  scatter(whole, into);
}

function scatter(from: Buffer, into: readonly Buffer[]): void {
  let done = 0;
  for (const part of into) done += from.copy(part, 0, done);
}

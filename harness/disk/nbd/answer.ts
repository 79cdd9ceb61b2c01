import { type BlockDevice, BlockIoError } from '../block-device.js';
import { command, commandFlag, nbdError, simpleReplyBytes, simpleReplyMagic } from './protocol.js';
import type { NbdRequest } from './request.js';

/**
 * Runs one request on the device and returns its reply. An error that the device means to report becomes its
 * protocol error; any other exception is a fault of this program, so the client gets EIO and `onFault` the
 * exception.
 */
export function answer(device: BlockDevice, request: NbdRequest, onFault: (fault: unknown) => void): Buffer {
  if (request.refusal !== 0) return reply(request, request.refusal, 0);
  const success = reply(request, 0, request.command === command.read ? request.length : 0);
  try {
    run(device, request, success.subarray(simpleReplyBytes));
    return success;
  } catch (error) {
    if (error instanceof BlockIoError) return reply(request, nbdError[error.code], 0);
    onFault(error);
    return reply(request, nbdError.EIO, 0);
  }
}

function run(device: BlockDevice, request: NbdRequest, readInto: Buffer): void {
  const { offset, length } = request;
  const fua = (request.flags & commandFlag.fua) !== 0;
  switch (request.command) {
    case command.read:
      device.read(offset, readInto);
      break;
    case command.write:
      device.write(offset, request.payload!, { fua });
      break;
    case command.flush:
      device.flush();
      break;
    case command.trim:
      device.discard(offset, length);
      // A device's discard knows no FUA. A flush gives at least what was asked; known clients never ask.
      if (fua) device.flush();
      break;
    case command.writeZeroes:
      device.writeZeroes(offset, length, { fua });
      break;
  }
}

function reply(request: NbdRequest, error: number, payloadBytes: number): Buffer {
  const message = Buffer.allocUnsafe(simpleReplyBytes + payloadBytes);
  message.writeUInt32BE(simpleReplyMagic, 0);
  message.writeUInt32BE(error, 4);
  message.writeUInt32BE(request.cookieHigh, 8);
  message.writeUInt32BE(request.cookieLow, 12);
  return message;
}

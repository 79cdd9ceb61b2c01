import type { RequestTraits } from '../request-traits.js';
import type { NbdFeatures } from './features.js';
import { command, commandFlag, nbdError, requestMagic } from './protocol.js';

/** One request of the transmission phase, checked. */
export interface NbdRequest {
  readonly flags: number;
  readonly command: number;
  /** The client's name for this request, opaque: two halves, as 64 bits do not fit a number. */
  readonly cookieHigh: number;
  readonly cookieLow: number;
  /** Bytes. Rounded above 2^53, which is past the end of any device. */
  readonly offset: number;
  readonly length: number;
  /** The protocol error that answers this request in place of the device; 0 if the device shall answer. */
  readonly refusal: number;
  /** The bytes of a WRITE that was not refused. */
  payload?: Buffer;
}

/** What a request is checked against. */
export interface RequestLimits {
  sizeBytes: number;
  /** Longest READ and WRITE. The others carry no bytes and may cover the whole device. */
  maxRequestBytes: number;
  blockBytes: number;
  features: NbdFeatures;
}

/** Decodes a request header of 28 bytes; nothing if its magic is wrong, for then nothing after it makes sense. */
export function decodeRequest(frame: Buffer, limits: RequestLimits): NbdRequest | undefined {
  if (frame.readUInt32BE(0) !== requestMagic) return undefined;
  const request = {
    flags: frame.readUInt16BE(4),
    command: frame.readUInt16BE(6),
    cookieHigh: frame.readUInt32BE(8),
    cookieLow: frame.readUInt32BE(12),
    offset: frame.readUInt32BE(16) * 0x1_0000_0000 + frame.readUInt32BE(20),
    length: frame.readUInt32BE(24),
  };
  return { ...request, refusal: isAcceptable(request, limits) ? 0 : nbdError.EINVAL };
}

/**
 * Everything unacceptable is EINVAL, a write past the end too, for which the protocol suggests ENOSPC: here
 * ENOSPC always is a fault that somebody injected, never a mistake of ours.
 */
function isAcceptable(request: Omit<NbdRequest, 'refusal'>, limits: RequestLimits): boolean {
  const { features } = limits;
  const allowedFlags =
    (features.fua ? commandFlag.fua : 0) | (request.command === command.writeZeroes ? commandFlag.noHole : 0);
  if (request.flags & ~allowedFlags) return false;
  switch (request.command) {
    case command.read:
    case command.write:
      return request.length <= limits.maxRequestBytes && isWholeBlocksInside(request, limits);
    case command.trim:
      return features.trim && isWholeBlocksInside(request, limits);
    case command.writeZeroes:
      return features.writeZeroes && isWholeBlocksInside(request, limits);
    case command.flush:
      return features.flush && request.offset === 0 && request.length === 0;
    case command.disconnect:
      return true;
    default:
      return false;
  }
}

function isWholeBlocksInside(request: { offset: number; length: number }, limits: RequestLimits): boolean {
  const { offset, length } = request;
  return (
    length > 0 &&
    offset % limits.blockBytes === 0 &&
    length % limits.blockBytes === 0 &&
    offset + length <= limits.sizeBytes
  );
}

export const nbdTraits: RequestTraits<NbdRequest> = {
  isFlush: (request) => request.command === command.flush,
  isWrite: (request) =>
    request.refusal === 0 && (request.command === command.write || request.command === command.writeZeroes),
  kept: (request) => (request.payload ? { ...request, payload: Buffer.from(request.payload) } : request),
  bytes: (request) => request.payload?.length ?? 0,
};

import { FrameCollector } from './frame-collector.js';
import { optionReplyMessage } from './option-reply.js';
import {
  handshakeFlag,
  handshakeMagic,
  infoKind,
  option,
  optionHeaderBytes,
  optionMagic,
  optionReply,
} from './protocol.js';

/** What a client is told of the disk. */
export interface NbdExport {
  name: string;
  sizeBytes: number;
  transmissionFlags: number;
  blockSize: { minimum: number; preferred: number; maximum: number };
}

/** What the connection does next: read on, begin transmission, or close after what was sent. */
export type HandshakeStep = 'continue' | 'transmission' | 'close';

/** Strings of the protocol have at most 4096 bytes: an option longer than this is an attack or a mistake. */
const maxOptionBytes = 64 * 1024;
/** No client needs more than a handful; the replies of this many fit in memory whoever fails to read them. */
const maxOptions = 64;
const knownClientFlags = handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes;
const legacyPaddingBytes = 124;

/**
 * The handshake of one connection, from the greeting to the chosen export. Needs nothing of sockets: bytes come
 * in through `receive` and go out through `send`. What breaks the framing (a wrong magic, unknown client flags,
 * an absurd length) closes the connection, all else gets an error reply.
 */
export class Handshake {
  readonly #frames = new FrameCollector(4);
  #expecting: 'client flags' | 'option header' | 'option data' = 'client flags';
  #noZeroes = false;
  #option = 0;
  #options = 0;

  constructor(
    private readonly exported: NbdExport,
    private readonly send: (message: Buffer) => void,
  ) {}

  greet(): void {
    const message = Buffer.alloc(18);
    message.writeBigUInt64BE(handshakeMagic, 0);
    message.writeBigUInt64BE(optionMagic, 8);
    message.writeUInt16BE(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes, 16);
    this.send(message);
  }

  /** Consumes `chunk` from `at`; what comes after the handshake is left, from the returned `at` on. */
  receive(chunk: Buffer, at: number): { at: number; step: HandshakeStep } {
    for (;;) {
      at = this.#frames.take(chunk, at);
      const { frame } = this.#frames;
      if (!frame) return { at, step: 'continue' };
      const step = this.#handle(frame);
      if (step !== 'continue') return { at, step };
    }
  }

  #handle(frame: Buffer): HandshakeStep {
    switch (this.#expecting) {
      case 'client flags':
        return this.#handleClientFlags(frame.readUInt32BE(0));
      case 'option header':
        return this.#handleOptionHeader(frame);
      case 'option data':
        this.#expect('option header', optionHeaderBytes);
        return this.#handleOption(frame);
    }
  }

  #handleClientFlags(flags: number): HandshakeStep {
    if (flags & ~knownClientFlags) return 'close';
    this.#noZeroes = (flags & handshakeFlag.noZeroes) !== 0;
    return this.#expect('option header', optionHeaderBytes);
  }

  #handleOptionHeader(frame: Buffer): HandshakeStep {
    const lengthBytes = frame.readUInt32BE(12);
    this.#option = frame.readUInt32BE(8);
    this.#options++;
    if (frame.readBigUInt64BE(0) !== optionMagic) return 'close';
    if (lengthBytes > maxOptionBytes || this.#options > maxOptions) return 'close';
    return this.#expect('option data', lengthBytes);
  }

  #handleOption(data: Buffer): HandshakeStep {
    switch (this.#option) {
      case option.exportName:
        return this.#chooseByName(data);
      case option.abort:
        this.#reply(optionReply.ack);
        return 'close';
      case option.list:
        return this.#list(data);
      case option.info:
      case option.go:
        return this.#describe(data);
      default:
        return this.#reply(optionReply.errUnsupported);
    }
  }

  #chooseByName(name: Buffer): HandshakeStep {
    if (!this.#isOurs(name)) return 'close';
    const message = Buffer.alloc(10 + (this.#noZeroes ? 0 : legacyPaddingBytes));
    message.writeBigUInt64BE(BigInt(this.exported.sizeBytes), 0);
    message.writeUInt16BE(this.exported.transmissionFlags, 8);
    this.send(message);
    return 'transmission';
  }

  #list(data: Buffer): HandshakeStep {
    if (data.length > 0) return this.#reply(optionReply.errInvalid, Buffer.from('LIST takes no data'));
    const name = Buffer.from(this.exported.name);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(name.length);
    this.#reply(optionReply.server, Buffer.concat([length, name]));
    return this.#reply(optionReply.ack);
  }

  #describe(data: Buffer): HandshakeStep {
    const request = decodeInfoRequest(data);
    if (!request) return this.#reply(optionReply.errInvalid, Buffer.from('lengths do not add up'));
    if (!this.#isOurs(request.name))
      return this.#reply(optionReply.errUnknown, Buffer.from('no such export'));
    const { sizeBytes, transmissionFlags, blockSize, name } = this.exported;

    const about = Buffer.alloc(12);
    about.writeUInt16BE(infoKind.export, 0);
    about.writeBigUInt64BE(BigInt(sizeBytes), 2);
    about.writeUInt16BE(transmissionFlags, 10);
    this.#reply(optionReply.info, about);

    // Sent unasked: a client that does not know of it learns from EINVAL, one that does never has to.
    const sizes = Buffer.alloc(14);
    sizes.writeUInt16BE(infoKind.blockSize, 0);
    sizes.writeUInt32BE(blockSize.minimum, 2);
    sizes.writeUInt32BE(blockSize.preferred, 6);
    sizes.writeUInt32BE(blockSize.maximum, 10);
    this.#reply(optionReply.info, sizes);

    if (request.kinds.includes(infoKind.name)) {
      const kind = Buffer.alloc(2);
      kind.writeUInt16BE(infoKind.name);
      this.#reply(optionReply.info, Buffer.concat([kind, Buffer.from(name)]));
    }
    this.#reply(optionReply.ack);
    return this.#option === option.go ? 'transmission' : 'continue';
  }

  /** The empty name is the default export, and there is only one. */
  #isOurs(name: Buffer): boolean {
    return name.length === 0 || name.equals(Buffer.from(this.exported.name));
  }

  #expect(what: 'option header' | 'option data', bytes: number): HandshakeStep {
    this.#expecting = what;
    this.#frames.expect(bytes);
    return 'continue';
  }

  #reply(type: number, data?: Buffer): HandshakeStep {
    this.send(optionReplyMessage(this.#option, type, data));
    return 'continue';
  }
}

function decodeInfoRequest(data: Buffer): { name: Buffer; kinds: number[] } | undefined {
  if (data.length < 6) return undefined;
  const nameBytes = data.readUInt32BE(0);
  if (nameBytes > data.length - 6) return undefined;
  const count = data.readUInt16BE(4 + nameBytes);
  const kindsAt = 6 + nameBytes;
  if (data.length !== kindsAt + 2 * count) return undefined;
  return {
    name: data.subarray(4, 4 + nameBytes),
    kinds: Array.from({ length: count }, (_, nth) => data.readUInt16BE(kindsAt + 2 * nth)),
  };
}

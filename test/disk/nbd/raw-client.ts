import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * A client that sends exactly the bytes it is told to. It has its own copy of the protocol's numbers: sharing
 * the server's would let a wrong one pass.
 */
export class RawClient {
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #ended = false;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#receivedBytes += chunk.length;
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(socketPath: string): Promise<RawClient> {
    const socket = connect(socketPath);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects, shakes hands by GO and leaves the connection ready for requests. */
  static async go(socketPath: string, name = ''): Promise<RawClient> {
    const client = await RawClient.connect(socketPath);
    await client.receive(18);
    client.send(u32(3), optionMessage(7, infoRequest(name)));
    for (;;) {
      const { type } = await client.optionReply();
      if (type === 1) return client;
      if (type !== 3) throw new Error(`GO was answered 0x${type.toString(16)}`);
    }
  }

  /** Sends all of it in one write, so that a small message arrives as one chunk. */
  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  async receive(bytes: number): Promise<Buffer> {
    while (this.#receivedBytes < bytes) {
      if (this.#ended) throw new Error(`closed after ${this.#receivedBytes} of ${bytes} bytes`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = Buffer.concat(this.#received);
    this.#received = [all.subarray(bytes)];
    this.#receivedBytes -= bytes;
    return all.subarray(0, bytes);
  }

  /** Everything until the server closes. */
  async receiveAll(): Promise<Buffer> {
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.receive(this.#receivedBytes);
  }

  async optionReply(): Promise<{ option: number; type: number; data: Buffer }> {
    const head = await this.receive(20);
    if (head.readBigUInt64BE(0) !== 0x3e889045565a9n)
      throw new Error(`no option reply: ${head.toString('hex')}`);
    return {
      option: head.readUInt32BE(8),
      type: head.readUInt32BE(12),
      data: await this.receive(head.readUInt32BE(16)),
    };
  }

  /** Takes one simple reply; `dataBytes` is what comes with a success. */
  async reply(dataBytes = 0): Promise<{ error: number; cookie: bigint; data: Buffer }> {
    const head = await this.receive(16);
    if (head.readUInt32BE(0) !== 0x67446698) throw new Error(`no simple reply: ${head.toString('hex')}`);
    const error = head.readUInt32BE(4);
    const data = await this.receive(error === 0 ? dataBytes : 0);
    return { error, cookie: head.readBigUInt64BE(8), data };
  }

  /** Sends a request and takes its reply. */
  async ask(request: RawRequest): Promise<{ error: number; cookie: bigint; data: Buffer }> {
    this.send(requestMessage(request));
    return this.reply(request.command === cmd.read ? (request.length ?? 0) : 0);
  }

  close(): void {
    this.socket.destroy();
  }
}

export const cmd = {
  read: 0,
  write: 1,
  disc: 2,
  flush: 3,
  trim: 4,
  cache: 5,
  writeZeroes: 6,
  blockStatus: 7,
};
export const errno = { ok: 0, EIO: 5, EINVAL: 22, ENOSPC: 28 };
export const fua = 1;

export interface RawRequest {
  command: number;
  offset?: number | bigint;
  length?: number;
  flags?: number;
  cookie?: bigint;
  data?: Buffer;
  magic?: number;
}

export function requestMessage(request: RawRequest): Buffer {
  const { data = Buffer.alloc(0), offset = 0 } = request;
  const head = Buffer.alloc(28);
  head.writeUInt32BE(request.magic ?? 0x25609513, 0);
  head.writeUInt16BE(request.flags ?? 0, 4);
  head.writeUInt16BE(request.command, 6);
  head.writeBigUInt64BE(request.cookie ?? 7n, 8);
  head.writeBigUInt64BE(BigInt(offset), 16);
  head.writeUInt32BE(request.length ?? data.length, 24);
  return Buffer.concat([head, data]);
}

export function optionMessage(
  option: number,
  data: Buffer = Buffer.alloc(0),
  declaredBytes = data.length,
): Buffer {
  return Buffer.concat([Buffer.from('IHAVEOPT'), u32(option), u32(declaredBytes), data]);
}

/** The data of INFO and GO: a name and the kinds of information wanted. */
export function infoRequest(name: string, kinds: number[] = []): Buffer {
  return Buffer.concat([
    u32(Buffer.byteLength(name)),
    Buffer.from(name),
    u16(kinds.length),
    ...kinds.map(u16),
  ]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/**
 * User-mode Linux's first serial line as a stream, on our end of a socket pair.
 *
 * The line's driver never recovers from being throttled: when a program in the guest has about 4 KiB unread, it stops
 * listening for good (Linux 7.2, arch/um/drivers/line.c). So no more than `windowBytes` are ever under way. The agent
 * says `+N` in a line of its own when it has read N bytes more, at the latest when it has read 1024 (wire.py).
 *
 * What is sent before the agent has opened the line is not noticed until more comes; wait for its first word.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const windowBytes = 3000;

export class SerialChannel extends Duplex {
  #underWay = 0;
  #waiting: Buffer = Buffer.alloc(0);
  #written: ((error?: Error) => void) | null = null;
  /** The beginning of a line whose end has not come yet, as far as it can still be `+N`. */
  #line = '';

  constructor(private readonly socket: Socket) {
    super({ decodeStrings: true });
    socket.on('data', (data: Buffer) => {
      this.#notice(data);
      this.push(data);
    });
    socket.on('error', () => {});
    socket.on('close', () => this.push(null));
  }

  override _read(): void {}

  override _write(data: Buffer, _encoding: BufferEncoding, written: (error?: Error) => void): void {
    this.#waiting = data;
    this.#written = written;
    this.#pump();
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    this.socket.destroy();
    destroyed(error);
  }

  #pump(): void {
    const part = this.#waiting.subarray(0, windowBytes - this.#underWay);
    if (part.length > 0) {
      this.#underWay += part.length;
      this.#waiting = this.#waiting.subarray(part.length);
      this.socket.write(part);
    }
    if (this.#waiting.length > 0) return;
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  /** Looks for `+N` among the agent's lines, which are JSON and never begin so. */
  #notice(data: Buffer): void {
    let from = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
      this.#append(data.subarray(from, end));
      const taken = /^\+(\d+)$/.exec(this.#line);
      if (taken) {
        this.#underWay -= Number(taken[1]);
        this.#pump();
      }
      this.#line = '';
      from = end + 1;
    }
    this.#append(data.subarray(from));
  }

  #append(part: Buffer): void {
    if (this.#line.length < 16) this.#line += part.subarray(0, 16).toString('latin1');
  }
}

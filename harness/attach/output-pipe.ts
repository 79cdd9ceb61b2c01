/**
 * What a child process prints, through a pipe. Node's own are sockets, which nobody can open by a name: a script's
 * `echo done > /dev/stdout` would fail there (ENXIO), as it does nowhere else.
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from './libc.js';

export class OutputPipe {
  /** What was printed; ends when nobody has the other end open any more. */
  readonly printed: Socket;
  /** For the child's `stdio`. */
  readonly fd: number;
  #open = true;

  constructor() {
    const [readEnd, writeEnd] = pipe();
    this.fd = writeEnd;
    this.printed = new Socket({ fd: readEnd, readable: true, writable: false });
    // What a destroyed reader has not read is nobody's loss.
    this.printed.on('error', () => {});
  }

  /** The child has it, or will never. */
  handedOver(): void {
    if (this.#open) closeSync(this.fd);
    this.#open = false;
  }
}

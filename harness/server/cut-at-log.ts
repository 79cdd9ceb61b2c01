/**
 * Cuts the recorded disk's power when a server has printed a line that matches: asks for it where acks are given. The server
 * does not wait for it, so it is some tenths of a millisecond further by then.
 */
import { connect, type Socket } from 'node:net';
import { cutRequest } from '../disk/recording/ack-desk.js';

export class CutAtLog {
  readonly #pattern: RegExp;
  readonly #socket: Socket;
  #rest = '';
  #asked = false;

  /** @param ackSocket connected to at once: a connection takes longer than a line */
  constructor(pattern: string, ackSocket: string) {
    this.#pattern = new RegExp(pattern);
    // A disk that lost its power otherwise has nothing to tell.
    this.#socket = connect(ackSocket).on('error', () => {});
    this.#socket.unref();
  }

  hear(text: string): void {
    if (this.#asked) return;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    if (!lines.some((line) => this.#pattern.test(line))) return;
    this.#asked = true;
    this.#socket.write(`${cutRequest}\n`);
  }
}

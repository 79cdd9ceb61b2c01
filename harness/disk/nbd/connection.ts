import type { Socket } from 'node:net';
import { batchOrder } from '../batch-order.js';
import type { BlockDevice } from '../block-device.js';
import { HeldWrites } from '../held-writes.js';
import { answer } from './answer.js';
import { Handshake, type NbdExport } from './handshake.js';
import { type NbdRequest, nbdTraits, type RequestLimits } from './request.js';
import { RequestStream } from './request-stream.js';

/** Replies that a client has not read yet: beyond this its further requests wait. */
const maxUnreadBytes = 1024 * 1024;

/** One client, as others may see it. */
export interface NbdConnection {
  /** Counts up from 1 in the order of connecting. */
  readonly id: number;
  /** Whether the handshake is over and the disk in use. */
  readonly transmitting: boolean;
  /** Settles when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** Cuts the connection at once; requests under way get no reply. */
  destroy(): void;
}

export interface ConnectionOptions {
  id: number;
  socket: Socket;
  device: BlockDevice;
  exported: NbdExport;
  limits: RequestLimits;
  /** Milliseconds that a write takes. */
  writeDelayMs: () => number;
  onFault: (fault: unknown) => void;
}

/**
 * Talks to one client. A chunk from the socket is one batch (see ../batch-order.ts); the next is not looked at
 * before every request of this one has run or is held (see ../held-writes.ts), and none runs while the client leaves too
 * many replies unread. That bounds what a connection holds: a chunk, two payloads, a reply more than `maxUnreadBytes`,
 * and on a slow disk some writes.
 */
export class Connection implements NbdConnection {
  readonly id: number;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #handshake: Handshake;
  readonly #requests: RequestStream;
  readonly #held: HeldWrites<NbdRequest>;
  #phase: 'handshake' | 'transmission' | 'ended' = 'handshake';
  #waiting: NbdRequest[] = [];
  #endsAfterBatch = false;

  constructor(options: ConnectionOptions) {
    const { id, socket, exported, limits } = options;
    this.id = id;
    this.#options = options;
    this.#socket = socket;
    this.#requests = new RequestStream(limits);
    this.#held = new HeldWrites<NbdRequest>(options.writeDelayMs, nbdTraits, (writes) => {
      this.#waiting.push(...writes);
      this.#runWaiting();
    });
    this.#handshake = new Handshake(exported, (message) => socket.write(message));
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#held.drop();
        resolve();
      }),
    );
    // A client that goes away is no fault; 'close' follows.
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#runWaiting());
    this.#handshake.greet();
  }

  get transmitting(): boolean {
    return this.#phase === 'transmission';
  }

  destroy(): void {
    this.#phase = 'ended';
    this.#waiting = [];
    this.#held.drop();
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    let at = 0;
    if (this.#phase === 'handshake') {
      const result = this.#handshake.receive(chunk, 0);
      if (result.step === 'close') this.#end();
      if (result.step !== 'transmission') return;
      this.#phase = 'transmission';
      at = result.at;
    }
    if (this.#phase === 'ended') return;
    const { requests, ended } = this.#requests.receive(chunk, at);
    this.#waiting.push(...this.#held.hold(batchOrder(requests, nbdTraits)));
    this.#endsAfterBatch = ended;
    // Who says goodbye without waiting for the answers has been told nothing about these writes; they are still made.
    if (ended) this.#held.release();
    this.#runWaiting();
  }

  #runWaiting(): void {
    if (this.#phase !== 'transmission') return;
    const { device, onFault } = this.#options;
    let done = 0;
    this.#socket.cork();
    while (done < this.#waiting.length && this.#socket.writableLength <= maxUnreadBytes) {
      this.#socket.write(answer(device, this.#waiting[done++]!, onFault));
    }
    this.#socket.uncork();
    this.#waiting = this.#waiting.slice(done);
    if (this.#waiting.length > 0 || this.#socket.writableLength > maxUnreadBytes || this.#held.isFull) {
      this.#socket.pause();
    } else if (this.#endsAfterBatch) {
      this.#end();
    } else {
      this.#socket.resume();
    }
  }

  /** Closes once the client has what was sent; what it sends from now on is thrown away. */
  #end(): void {
    this.#phase = 'ended';
    this.#socket.destroySoon();
  }
}

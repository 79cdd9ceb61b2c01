/**
 * Our disk to one guest, without an event loop: a lane does one thing at a time, and looks at this socket while it
 * waits for the guest.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { acceptUnix, listenUnix } from '../../harness/attach/unix-socket.js';
import { batchOrder } from '../../harness/disk/batch-order.js';
import { type BlockDevice, sectorBytes } from '../../harness/disk/block-device.js';
import { answer } from '../../harness/disk/nbd/answer.js';
import { transmissionFlags } from '../../harness/disk/nbd/features.js';
import { Handshake, type NbdExport } from '../../harness/disk/nbd/handshake.js';
import { type NbdRequest, nbdTraits } from '../../harness/disk/nbd/request.js';
import { RequestStream } from '../../harness/disk/nbd/request-stream.js';

const features = { flush: true, fua: true, trim: true, writeZeroes: true };
const maxRequestBytes = 32 * 1024 * 1024;

/** Whether a request's answer waits: until `finish` is called, it has not run. */
export type Defer = (request: NbdRequest, finish: () => void) => boolean;

interface Client {
  handshake: Handshake;
  requests: RequestStream;
  transmitting: boolean;
}

export class SyncNbdServer {
  readonly #listening: number;
  readonly #clients = new Map<number, Client>();
  readonly #exported: NbdExport;
  readonly #chunk = Buffer.allocUnsafe(256 * 1024);

  constructor(
    socketPath: string,
    private readonly device: BlockDevice,
    private readonly defer: Defer | null = null,
  ) {
    this.#listening = listenUnix(socketPath);
    this.#exported = {
      name: '',
      sizeBytes: device.sizeBytes,
      transmissionFlags: transmissionFlags(features),
      blockSize: { minimum: sectorBytes, preferred: 4096, maximum: maxRequestBytes },
    };
  }

  /** What to wait for. */
  get descriptors(): number[] {
    return [this.#listening, ...this.#clients.keys()];
  }

  /** Serves what a descriptor that can be read has; it must be one of `descriptors`. */
  serve(fd: number): void {
    if (fd === this.#listening) this.#accept();
    else if (!this.#talk(fd, this.#clients.get(fd)!)) this.#drop(fd);
  }

  close(): void {
    for (const fd of this.#clients.keys()) closeSync(fd);
    this.#clients.clear();
    closeSync(this.#listening);
  }

  #accept(): void {
    const fd = acceptUnix(this.#listening);
    const handshake = new Handshake(this.#exported, (message) => writeAll(fd, message));
    const { sizeBytes } = this.device;
    const requests = new RequestStream({ sizeBytes, maxRequestBytes, blockBytes: sectorBytes, features });
    this.#clients.set(fd, { handshake, requests, transmitting: false });
    handshake.greet();
  }

  /** False when the connection is over. */
  #talk(fd: number, client: Client): boolean {
    let lengthBytes: number;
    try {
      lengthBytes = readSync(fd, this.#chunk, 0, this.#chunk.length, null);
    } catch {
      return false;
    }
    if (lengthBytes === 0) return false;
    const chunk = this.#chunk.subarray(0, lengthBytes);
    let at = 0;
    if (!client.transmitting) {
      const result = client.handshake.receive(chunk, 0);
      if (result.step !== 'transmission') return result.step !== 'close';
      client.transmitting = true;
      at = result.at;
    }
    const { requests, ended } = client.requests.receive(chunk, at);
    for (const request of batchOrder(requests, nbdTraits)) {
      if (!this.defer || !this.#defer(fd, client, request)) this.#answer(fd, request);
    }
    return !ended;
  }

  #defer(fd: number, client: Client, request: NbdRequest): boolean {
    // Its bytes are only lent.
    const kept = nbdTraits.kept(request);
    return this.defer!(kept, () => {
      // Who asked may have hung up meanwhile.
      if (this.#clients.get(fd) === client) this.#answer(fd, kept);
    });
  }

  #answer(fd: number, request: NbdRequest): void {
    const reply = answer(this.device, request, (fault) => {
      throw fault;
    });
    writeAll(fd, reply);
  }

  #drop(fd: number): void {
    this.#clients.delete(fd);
    closeSync(fd);
  }
}

export function writeAll(fd: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done);
}

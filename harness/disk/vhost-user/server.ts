/**
 * Serves a block device to virtual machines over vhost-user (protocol.ts has what is spoken), on a unix socket.
 *
 * Driven by an EventPoll: in a lane by one blocking loop, in the recording disk's process from the event loop. Whatever
 * a machine sends, the others are served and nothing outside its own memory is touched (guest-memory.ts says what is
 * trusted all the same). Requests run one at a time, in the order they are taken from the queue, but for flushes
 * (../batch-order.ts) and slow writes (../held-writes.ts).
 */
import { closeSync, rmSync } from 'node:fs';
import { receiveMessage, sendMessage } from '../../attach/descriptor-passing.js';
import type { EventPoll } from '../../attach/event-poll.js';
import { SystemCallError } from '../../attach/libc.js';
import { acceptUnix, listenUnix } from '../../attach/unix-socket.js';
import { closeAll } from './guest-memory.js';
import { headerBytes, maxPayloadBytes, VhostUserRefusal, version, versionMask } from './protocol.js';
import { type ServedDisk, VhostUserSession } from './session.js';

const maxMachines = 8;

export interface VhostUserServerOptions extends ServedDisk {
  /** Path of the unix socket to make. It must not exist. */
  socketPath: string;
  poll: EventPoll;
  /** A machine broke the rules and was cut off: why. */
  onRefusal?: (reason: string) => void;
  /** A machine that was connected is gone. */
  onGone?: () => void;
}

export class VhostUserServer {
  readonly #listening: number;
  readonly #machines = new Set<Connection>();

  constructor(private readonly options: VhostUserServerOptions) {
    this.#listening = listenUnix(options.socketPath);
    options.poll.add(this.#listening, () => this.#accept());
  }

  /** Machines that are connected. */
  get machines(): number {
    return this.#machines.size;
  }

  /** Cuts every machine off and removes the socket. */
  close(): void {
    for (const machine of this.#machines) machine.close();
    this.options.poll.remove(this.#listening);
    closeSync(this.#listening);
    rmSync(this.options.socketPath, { force: true });
  }

  #accept(): void {
    const fd = acceptUnix(this.#listening);
    if (this.#machines.size >= maxMachines) {
      closeSync(fd);
      return;
    }
    const machine = new Connection(fd, this.options, (reason) => {
      this.#machines.delete(machine);
      if (reason !== null) this.options.onRefusal?.(reason);
      this.options.onGone?.();
    });
    this.#machines.add(machine);
  }
}

class Connection {
  readonly #session: VhostUserSession;
  readonly #message = Buffer.alloc(headerBytes + maxPayloadBytes);
  #have = 0;
  #descriptors: number[] = [];
  #closed = false;

  /** @param onEnd with why it was cut off; null when it left */
  constructor(
    private readonly fd: number,
    private readonly options: VhostUserServerOptions,
    private readonly onEnd: (reason: string | null) => void,
  ) {
    const { poll } = options;
    this.#session = new VhostUserSession(options, {
      // Kicks need not be read: one that comes while requests are looked for is told again.
      watch: (kick, kicked) => poll.add(kick, () => this.#guarded(kicked), { edge: true }),
      unwatch: (kick) => poll.remove(kick),
    });
    poll.add(fd, () => this.#guarded(() => this.#receive()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.close();
    closeAll(this.#descriptors.splice(0));
    this.options.poll.remove(this.fd);
    closeSync(this.fd);
  }

  #end(reason: string | null): void {
    if (this.#closed) return;
    this.close();
    this.onEnd(reason);
  }

  #guarded(action: () => void): void {
    try {
      if (!this.#closed) action();
    } catch (error) {
      // A kick that cannot be waited for, memory that cannot be mapped, a reply that nobody takes.
      if (!(error instanceof VhostUserRefusal || error instanceof SystemCallError)) throw error;
      this.#end(error.message);
    }
  }

  /** Never reads beyond a message: descriptors come with its bytes. */
  #receive(): void {
    for (;;) {
      const wanted = this.#have < headerBytes ? headerBytes : headerBytes + this.#payloadBytes();
      const got = receiveMessage(this.fd, this.#message.subarray(this.#have, wanted));
      if (got === 'waits') return;
      if (got === 'ended') {
        this.#end(null);
        return;
      }
      this.#have += got.length;
      this.#descriptors.push(...got.descriptors);
      if (this.#have < headerBytes || this.#have < headerBytes + this.#payloadBytes()) continue;
      this.#take();
      if (this.#closed) return;
    }
  }

  #payloadBytes(): number {
    const flags = this.#message.readUInt32LE(4);
    const lengthBytes = this.#message.readUInt32LE(8);
    if ((flags & versionMask) !== version)
      throw new VhostUserRefusal(`message of version ${flags & versionMask}`);
    if (lengthBytes > maxPayloadBytes) throw new VhostUserRefusal(`payload of ${lengthBytes} bytes`);
    return lengthBytes;
  }

  #take(): void {
    const which = this.#message.readUInt32LE(0);
    const payload = this.#message.subarray(headerBytes, this.#have);
    this.#have = 0;
    const reply = this.#session.receive(which, payload, this.#descriptors.splice(0));
    if (reply) sendMessage(this.fd, reply);
  }
}

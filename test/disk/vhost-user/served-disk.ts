import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPoll } from '../../../harness/attach/event-poll.js';
import { VhostUserServer, type VhostUserServerOptions } from '../../../harness/disk/vhost-user/server.js';
import { MemoryDisk } from '../nbd/memory-disk.js';
import { RawMachine } from './raw-machine.js';

/** A memory disk behind a vhost-user server, and its machines, all in this process. */
export class ServedDisk {
  readonly disk: MemoryDisk;
  readonly poll = new EventPoll();
  readonly server: VhostUserServer;
  readonly faults: unknown[] = [];
  readonly refusals: string[] = [];
  readonly socketPath: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plugpull-vhost-'));

  constructor(options: Partial<VhostUserServerOptions> & { sizeBytes?: number } = {}) {
    const { sizeBytes = 1024 * 1024, ...others } = options;
    this.socketPath = join(this.#folder, 's');
    this.disk = new MemoryDisk(sizeBytes);
    this.server = new VhostUserServer({
      socketPath: this.socketPath,
      poll: this.poll,
      device: this.disk,
      id: 'disk-one',
      features: { flush: true, discard: true, writeZeroes: true },
      onFault: (fault) => this.faults.push(fault),
      onRefusal: (reason) => this.refusals.push(reason),
      ...others,
    });
  }

  machine(): RawMachine {
    return new RawMachine(this.socketPath, this.poll);
  }

  stop(): void {
    this.server.close();
    this.poll.close();
    rmSync(this.#folder, { recursive: true });
  }
}

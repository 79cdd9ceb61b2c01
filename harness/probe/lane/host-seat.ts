/** A seat on the host: the disk and the jobs are two files of a FUSE mount, served by one blocking loop. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipe } from '../../attach/libc.js';
import type { BlockDevice } from '../../disk/block-device.js';
import { frontDevice } from '../../disk/front-device.js';
import { FuseConnection, type FuseFile, later } from '../../disk/fuse/connection.js';
import { deviceFile } from '../../disk/fuse/device-file.js';
import { controlFile, diskFile } from '../../explore/lane/recovery-messages.js';
import { RunSpace } from '../../state/run-space.js';
import type { Answer, Job, JobResult, ResidentSetup } from '../resident/messages.js';
import type { Said, Seat } from './seat.js';

export class HostSeat implements Seat {
  readonly #connection: FuseConnection;
  #device: BlockDevice | null = null;
  #hear: (said: Said) => void = () => {};
  /** The resident program's read that waits for a job. */
  #waitingRead: bigint | null = null;
  #done: JobResult | null = null;
  #ready = false;
  #fault: unknown = null;
  #closing = false;

  constructor(sizeBytes: number, setup: ResidentSetup) {
    const fuseFolder = join(setup.laneFolder, 'fuse');
    mkdirSync(fuseFolder, { recursive: true });
    RunSpace.at(setup.spaceFolder).note({ kind: 'mount', what: fuseFolder });
    const input = startResident();
    this.#connection = new FuseConnection(
      fuseFolder,
      { [diskFile]: this.#diskFile(sizeBytes), [controlFile]: this.#controlFile() },
      (error) => {
        this.#fault = error;
      },
    );
    writeSync(input, `${JSON.stringify(setup)}\n`);
    closeSync(input);
    // Reads before the first job are the kernel's own (partition scan): an empty disk will do.
    while (!this.#ready) this.#serve();
  }

  run([device]: readonly BlockDevice[], job: Job, hear: (said: Said) => void): JobResult {
    this.#device = device!;
    this.#hear = hear;
    this.#done = null;
    while (this.#waitingRead === null) this.#serve();
    const unique = this.#waitingRead;
    this.#waitingRead = null;
    this.#connection.reply(unique, Buffer.from(JSON.stringify(job)));
    for (;;) {
      this.#serve();
      const done = this.#done as JobResult | null;
      if (done) {
        this.#device = null;
        return done;
      }
    }
  }

  close(): void {
    while (this.#waitingRead === null) this.#serve();
    this.#connection.reply(this.#waitingRead, Buffer.alloc(0));
    this.#closing = true;
    while (this.#closing) this.#serve();
  }

  #serve(): void {
    if (!this.#connection.serveOne()) throw new Error('the lane was unmounted');
    if (this.#fault) throw this.#fault;
  }

  #diskFile(sizeBytes: number): FuseFile {
    return deviceFile(
      frontDevice(sizeBytes, () => this.#device),
      Buffer.allocUnsafe,
    );
  }

  #controlFile(): FuseFile {
    return {
      sizeBytes: 0,
      exclusive: true,
      read: (_offset, _lengthBytes, unique) => {
        this.#waitingRead = unique;
        return later;
      },
      write: (_offset, data) => {
        const answer = JSON.parse(data.toString()) as Answer;
        if (answer.type === 'fault') throw new Error(answer.message);
        if (answer.type === 'ready') this.#ready = true;
        else if (answer.type === 'done') this.#done = answer.result;
        else if (answer.type === 'bytes_held') throw new Error('the disk of the host holds no writes back');
        else this.#hear(answer);
        return undefined;
      },
      release: () => {
        if (!this.#closing) throw new Error('the resident program ended unexpectedly');
        this.#closing = false;
      },
    };
  }
}

/** Started while the file is not there yet; its end of a pipe takes the setup. Without an event loop here. */
function startResident(): number {
  const [childInput, input] = pipe();
  const program = fileURLToPath(new URL('../resident/host-resident-process.js', import.meta.url));
  spawn(process.execPath, [program], { stdio: [childInput, 'ignore', 'inherit'] });
  closeSync(childInput);
  return input;
}

/**
 * A lane's end of the disk: the file the recoverer's loop device lies on, and the control file through which
 * the recoverer takes jobs. One blocking loop serves both, and runs only while a recovery does.
 */
import { unmount } from '../../attach/libc.js';
import type { BlockDevice } from '../../disk/block-device.js';
import { frontDevice } from '../../disk/front-device.js';
import { FuseConnection, type FuseFile, later } from '../../disk/fuse/connection.js';
import { deviceFile } from '../../disk/fuse/device-file.js';
import { maxTransferBytes } from '../../disk/fuse/protocol.js';
import type { ObservedImage } from '../memory.js';
import { type FactRange, FactReader } from './fact-store.js';
import type { RecovererChild } from './recoverer-child.js';
import type { Recovered, RecoveringDisk } from './recovering-disk.js';
import {
  controlFile,
  diskFile,
  type RecovererSetup,
  type RecoveryAnswer,
  type RecoveryJob,
} from './recovery-messages.js';

const newline = 0x0a;

export class LaneDisk implements RecoveringDisk {
  readonly #connection: FuseConnection;
  #device: BlockDevice | null = null;
  /** What lies below the device; told when the recoverer only looks around. */
  #image: ObservedImage | null = null;
  /** The recoverer's read that waits for a job. */
  #waitingRead: bigint | null = null;
  #answer: RecoveryAnswer | null = null;
  /** Of an answer that is not whole yet: a tree of a thousand levels is told in more bytes than one write may have. */
  readonly #parts: Buffer[] = [];
  #fault: unknown = null;
  #closing = false;
  readonly #facts: FactReader;
  /** What the read under way gives: it is answered before the next one. */
  readonly #transfer = Buffer.allocUnsafe(maxTransferBytes);

  constructor(
    private readonly fuseFolder: string,
    sizeBytes: number,
    setup: RecovererSetup,
    recoverer: RecovererChild,
    heedsFlushes: boolean,
  ) {
    this.#facts = new FactReader(setup.laneFolder);
    this.#connection = new FuseConnection(
      fuseFolder,
      {
        [diskFile]: this.#diskFile(sizeBytes, setup.directIo, heedsFlushes),
        [controlFile]: this.#controlFile(),
      },
      (error) => {
        this.#fault = error;
      },
    );
    recoverer.begin(setup);
    // Reads before the first job are the kernel's own (partition scan): an empty disk will do.
    this.#next((answer) => answer.type === 'ready');
  }

  /** Runs one recovery on the given disk, over `image`. */
  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered {
    this.#device = device;
    this.#image = image;
    while (this.#waitingRead === null) this.#serve();
    this.#connection.reply(this.#waitingRead, Buffer.from(JSON.stringify(job)));
    this.#waitingRead = null;
    const answer = this.#next(({ type }) => type === 'judged');
    this.#device = null;
    this.#image = null;
    if (answer.type !== 'judged') throw new Error(`the recoverer answered ${answer.type}`);
    const { problems, seen, left, kept } = answer;
    return {
      problems,
      ...(kept ? { kept } : {}),
      ...(seen ? { seen } : {}),
      ...(left ? { left: { ...left, facts: left.facts && this.#facts.read(left.facts as FactRange) } } : {}),
    };
  }

  /** Lets the recoverer detach its loop device and end. */
  close(): void {
    while (this.#waitingRead === null) this.#serve();
    this.#connection.reply(this.#waitingRead, Buffer.alloc(0));
    this.#closing = true;
    while (this.#closing) this.#serve();
    this.#facts.close();
    this.#connection.close();
    unmount(this.fuseFolder, { detach: true });
  }

  #next(wanted: (answer: RecoveryAnswer) => boolean): RecoveryAnswer {
    this.#answer = null;
    for (;;) {
      this.#serve();
      const answer = this.#answer as RecoveryAnswer | null;
      if (!answer) continue;
      if (answer.type === 'fault') throw new Error(answer.message);
      if (wanted(answer)) return answer;
    }
  }

  #serve(): void {
    if (!this.#connection.serveOne()) throw new Error('the lane was unmounted');
    if (this.#fault) throw this.#fault;
  }

  #diskFile(sizeBytes: number, directIo: boolean, heedsFlushes: boolean): FuseFile {
    const { fsync, ...file } = deviceFile(
      frontDevice(sizeBytes, () => this.#device),
      (lengthBytes) => this.#transfer.subarray(0, lengthBytes),
    );
    const mode = directIo ? 'direct' : 'cached';
    // Only a recovery that is crashed again has to tell what its flushes made durable.
    return heedsFlushes ? { ...file, fsync, mode } : { ...file, mode };
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
        this.#parts.push(Buffer.from(data));
        if (data.at(-1) !== newline) return undefined;
        const answer = JSON.parse(Buffer.concat(this.#parts.splice(0)).toString()) as RecoveryAnswer;
        if (this.#image && answer.type === 'looking') this.#image.peek();
        else if (this.#image && answer.type === 'looked') this.#image.peekNoMore();
        else if (this.#image && answer.type === 'mounted') this.#image.mounted();
        else this.#answer = answer;
        return undefined;
      },
      release: () => {
        if (!this.#closing) throw new Error('the recovering process ended unexpectedly');
        this.#closing = false;
      },
    };
  }
}

/** A plain loop device on a file in memory: the fastest disk that a file system can be mounted from here. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { attachLoop, type LoopOwner, releaseLoop } from '../harness/attach/loop.js';
import type { Lab } from './lab.js';

const chunkBytes = 64 * 1024;

/** The parts of a disk that are not zeros. */
export type DiskContent = { offset: number; data: Buffer }[];

export class RamDisk {
  readonly #fd: number;

  private constructor(
    readonly path: string,
    readonly device: string,
    readonly sizeBytes: number,
    private readonly owner: LoopOwner,
  ) {
    this.#fd = openSync(path, 'r+');
  }

  static attach(lab: Lab, name: string, sizeBytes: number): RamDisk {
    const path = lab.path(name);
    const fd = openSync(path, 'w');
    ftruncateSync(fd, sizeBytes);
    closeSync(fd);
    const { space } = lab;
    const device = attachLoop(path, space, { directIo: false });
    return new RamDisk(path, device, sizeBytes, space);
  }

  /** Makes the disk hold exactly this. Nobody may have it mounted: the device's cache went with the last mount. */
  fill(content: DiskContent): void {
    ftruncateSync(this.#fd, 0);
    ftruncateSync(this.#fd, this.sizeBytes);
    for (const { offset, data } of content) this.write(offset, data);
  }

  write(offset: number, data: Buffer): void {
    for (let done = 0; done < data.length; ) {
      done += writeSync(this.#fd, data, done, data.length - done, offset + done);
    }
  }

  detach(): void {
    closeSync(this.#fd);
    releaseLoop(this.device, this.owner);
  }
}

/** Reads all of an image; zeros are left out. */
export function contentOf(
  image: { read(offset: number, into: Buffer): void },
  sizeBytes: number,
): DiskContent {
  const zeros = Buffer.alloc(chunkBytes);
  const content: DiskContent = [];
  for (let offset = 0; offset < sizeBytes; offset += chunkBytes) {
    const data = Buffer.alloc(Math.min(chunkBytes, sizeBytes - offset));
    image.read(offset, data);
    if (!data.equals(zeros.subarray(0, data.length))) content.push({ offset, data });
  }
  return content;
}

/** The same for an image file. */
export function contentOfFile(path: string, sizeBytes: number): DiskContent {
  const fd = openSync(path, 'r');
  try {
    return contentOf({ read: (offset, into) => void readSync(fd, into, 0, into.length, offset) }, sizeBytes);
  } finally {
    closeSync(fd);
  }
}

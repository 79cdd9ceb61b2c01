/**
 * A stand-in for mounting and checking: looks at sectors chosen by what it saw before, writes some of its own,
 * and looks again. Its outcome depends on everything it saw, and on nothing else.
 */
import { OverlayDevice } from '../../harness/disk/overlay.js';
import { deviceSectors } from './small-log.js';

/** Sectors by their tags. */
export interface TagDisk {
  read(sector: number, count: number): number[];
  write(sector: number, tags: readonly number[]): void;
  zero(sector: number, count: number): void;
}

export type ModelRecovery = (disk: TagDisk) => string;

export function plainDisk(tags: readonly number[]): TagDisk {
  const own = [...tags];
  return {
    read: (sector, count) => own.slice(sector, sector + count),
    write: (sector, tags) => void own.splice(sector, tags.length, ...tags),
    zero: (sector, count) => void own.fill(0, sector, sector + count),
  };
}

/** Recovery writes go to an overlay, as in a lane. */
export function overlayDisk(image: { read(byteOffset: number, into: Buffer): void }): TagDisk {
  const overlay = new OverlayDevice(image, deviceSectors * 512, { keepOperations: false });
  return {
    read(sector, count) {
      const bytes = Buffer.alloc(count * 512, 0xee);
      overlay.read(sector * 512, bytes);
      return Array.from({ length: count }, (_, i) => {
        const one = bytes.subarray(i * 512, (i + 1) * 512);
        if (!one.every((byte) => byte === one[0])) throw new Error(`sector ${sector + i} mixes two contents`);
        return one[0]!;
      });
    },
    write: (sector, tags) =>
      overlay.write(sector * 512, Buffer.concat(tags.map((tag) => Buffer.alloc(512, tag)))),
    zero: (sector, count) => overlay.writeZeroes(sector * 512, count * 512),
  };
}

const mix = (hash: number, value: number): number =>
  (Math.imul(hash ^ value, 0x9e3779b1) >>> 0) ^ (hash >>> 15);

/** One walk: reads and writes where the contents read so far lead it. Yields after each step. */
function* walk(disk: TagDisk, seed: number, steps: number, mayWrite: boolean): Generator<void, string> {
  let hash = mix(seed, 1);
  for (let step = 0; step < steps; step++) {
    hash = mix(hash, step);
    const sector = (hash >>> 4) % deviceSectors;
    const count = Math.min(1 + ((hash >>> 12) % 5), deviceSectors - sector);
    const action = mayWrite ? (hash >>> 20) % 6 : 0;
    if (action === 4)
      disk.write(
        sector,
        Array.from({ length: count }, (_, i) => 5 + ((hash >>> i) % 3)),
      );
    else if (action === 5) disk.zero(sector, count);
    else for (const tag of disk.read(sector, count)) hash = mix(hash, tag + 1);
    yield;
  }
  return (hash >>> 0).toString(16);
}

export const walking =
  (seed: number): ModelRecovery =>
  (disk) => {
    const steps = walk(disk, seed, 2 + (seed % 5), true);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  };

/** Three walks at once, which `pick` interleaves anew in every recovery: background threads of a file system. */
export const threads =
  (seed: number, pick: (count: number) => number): ModelRecovery =>
  (disk) => {
    const running = [0, 1, 2].map((id) => ({ id, steps: walk(disk, mix(seed, id), 2, false) }));
    const outcomes: string[] = [];
    while (running.length > 0) {
      const at = pick(running.length);
      const { id, steps } = running[at]!;
      const { done, value } = steps.next();
      if (!done) continue;
      outcomes[id] = value;
      running.splice(at, 1);
    }
    return outcomes.join();
  };

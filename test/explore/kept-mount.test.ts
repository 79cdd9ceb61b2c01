/**
 * Crash states that are judged on a mount of another one get the outcome that recovering each of them gives, and a kernel
 * that remembers what it should not makes them recovered afresh.
 */
import fc from 'fast-check';
import t from 'tap';
import type { BlockDevice } from '../../harness/disk/block-device.js';
import { OverlayDevice } from '../../harness/disk/overlay.js';
import { CrashImage } from '../../harness/explore/crash-image.js';
import { crashPoints } from '../../harness/explore/crash-points.js';
import { KeptMount } from '../../harness/explore/lane/kept-mount.js';
import type { Recovered, RecoveringDisk } from '../../harness/explore/lane/recovering-disk.js';
import type { RecoveryJob } from '../../harness/explore/lane/recovery-messages.js';
import { type ObservedImage, RecoveryMemory } from '../../harness/explore/memory.js';
import { PointSearch } from '../../harness/explore/point-search.js';
import type { Problem } from '../../harness/judge/judgement.js';
import { differences, type ModelLeaf } from './comparison.js';
import type { TagDisk } from './model-recovery.js';
import { deviceSectors, recorded, type SmallEntry, type SmallLog, smallLog } from './small-log.js';

const mix = (hash: number, value: number): number =>
  (Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15)) >>> 0;

/** Around the border of two blocks, where most writes are. */
const someSector = (hash: number): number => 4 + ((hash >>> 4) % 8);

type Read = (sector: number) => number;

/** Some sectors hold what files hold, which only whoever judges reads; the others are the file system's own. */
interface FileSystem {
  isContent(sector: number): boolean;
  mount(read: Read, write: (sector: number, tag: number) => void): void;
  judge(read: Read): string;
  /** Reads more than was judged; nobody hears what. */
  look(read: Read): void;
}

function recoveredBy(fs: FileSystem, disk: TagDisk): string {
  const read: Read = (sector) => disk.read(sector, 1)[0]!;
  fs.mount(read, (sector, tag) => disk.write(sector, [tag]));
  return fs.judge(read);
}

class RandomFileSystem implements FileSystem {
  constructor(private readonly seed: number) {}

  isContent(sector: number): boolean {
    return (mix(this.seed, sector) >>> 9) % 2 === 0;
  }

  mount(read: Read, write: (sector: number, tag: number) => void): void {
    let hash = mix(this.seed, 1);
    for (let step = 0; step < 2; step++) {
      const sector = someSector(hash);
      if (this.isContent(sector)) hash = mix(hash, step);
      else if ((hash >>> 8) % 3 === 0) write(sector, 5 + (hash % 3));
      else hash = mix(hash, read(sector) + 1);
    }
  }

  judge(read: Read): string {
    return this.#walk(read, 2);
  }

  look(read: Read): void {
    this.#walk(read, 3);
  }

  /** Reads where what was read before leads it. */
  #walk(read: Read, word: number): string {
    let hash = mix(this.seed, word);
    for (let step = 0; step < 3; step++) hash = mix(hash, read(someSector(hash)) + 1);
    return `${hash}`;
  }
}

const file = 0;
const table = 8;

/** What a file holds decides whether a table is read to judge it; whoever looks has it read in any case. */
const tableFileSystem: FileSystem = {
  isContent: (sector) => sector === file,
  mount: () => {},
  judge: (read) => (read(file) === 1 ? 'without the table' : `the table: ${read(table)}`),
  look: (read) => {
    read(table);
  },
};

/** A kernel that has each sector read once, and what files hold again when it is told to forget it. */
class CachingKernel implements RecoveringDisk {
  readonly #cached = new Map<number, number>();
  mounts = 0;
  judgedAgain = 0;

  constructor(private readonly fs: FileSystem) {}

  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered {
    if (job.kept === 'unmount') return { problems: [] };
    const read: Read = (sector) => {
      const known = this.#cached.get(sector);
      if (known !== undefined) return known;
      const bytes = Buffer.alloc(512);
      device.read(sector * 512, bytes);
      this.#cached.set(sector, bytes[0]!);
      return bytes[0]!;
    };
    if (job.kept === 'judge') {
      this.judgedAgain++;
      for (const sector of this.#cached.keys()) if (this.fs.isContent(sector)) this.#cached.delete(sector);
    } else {
      this.mounts++;
      this.#cached.clear();
      this.fs.mount(read, (sector, tag) => {
        device.write(sector * 512, Buffer.alloc(512, tag), { fua: false });
        this.#cached.set(sector, tag);
      });
      image.mounted();
    }
    const detail = this.fs.judge(read);
    image.peek();
    this.fs.look(read);
    image.peekNoMore();
    return { problems: [{ detail } as Problem], kept: true };
  }

  close(): void {}
}

/** @throws where a state is not judged as it is by itself */
function exploredOnKeptMounts(
  log: SmallLog,
  fs: FileSystem,
): { mounts: number; judgedAgain: number; recoveries: number } {
  const told = { mounts: 0, judgedAgain: 0, recoveries: 0 };
  const all = recorded(log);
  const memory = new RecoveryMemory<string>();
  for (const point of crashPoints(all.recording.index.operations, all.acks, all.endIndex)) {
    const kernel = new CachingKernel(fs);
    const mount = new KeptMount(kernel);
    const job: RecoveryJob = { point: { log_index: 0, reason: 'ack', acks: 0 }, look: 'after' };
    const search = new PointSearch<string>({
      imageFor: (decider) => new CrashImage(all.recording, point, decider),
      prefix: [],
      memory,
      recover: (image) => {
        const fresh = new OverlayDevice(image, deviceSectors * 512, { keepOperations: false });
        return mount.recover(image, job, fresh, true).problems[0]!.detail;
      },
    });
    const leaves: ModelLeaf[] = [];
    for (let leaf = search.next(); leaf; leaf = search.next()) {
      leaves.push(leaf);
      told.recoveries += leaf.remembered ? 0 : 1;
    }
    mount.release();
    const found = differences(log, point, leaves, (disk) => recoveredBy(fs, disk));
    if (found.length > 0) throw new Error(found.slice(0, 5).join('\n'));
    told.mounts += kernel.mounts;
    told.judgedAgain += kernel.judgedAgain;
  }
  return told;
}

t.test('each gets the outcome of its own recovery', async (t) => {
  let [mounts, judgedAgain, recoveries] = [0, 0, 0];
  const property = fc.property(smallLog, fc.nat({ max: 1_000_000 }), (log, seed) => {
    const told = exploredOnKeptMounts(log, new RandomFileSystem(seed));
    mounts += told.mounts;
    judgedAgain += told.judgedAgain;
    recoveries += told.recoveries;
  });
  fc.assert(property, { numRuns: 400 });
  t.ok(recoveries - mounts > 15, `${recoveries - mounts} of ${recoveries} recoveries took no mount`);
  t.ok(mounts + judgedAgain - recoveries > 3, 'some had to be recovered afresh after all');
});

t.test(
  'what was looked at before, and may be judged by without another read, is remembered with it',
  async (t) => {
    const write = (sector: number, tag: number): SmallEntry => ({
      ...{ kind: 'write', sector, tags: [tag], fua: false },
    });
    const flush: SmallEntry = { kind: 'flush', disk: 0 };
    // With the second write lost the table is judged by, as it was read for the state before. Then it changes.
    const entries = [write(file, 2), write(file, 1), flush, write(file, 2), write(table, 2), flush];
    const base = Array.from({ length: deviceSectors }, () => 0);
    const log: SmallLog = {
      ...{ disks: 1, base, entries, granularity: 'write', atomicUnitBytes: 512, discard: 'zeros' },
    };
    const told = exploredOnKeptMounts(log, tableFileSystem);
    t.ok(told.judgedAgain > 0, JSON.stringify(told));
  },
);

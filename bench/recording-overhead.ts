/**
 * What recording costs: the same program on the recorded disk and on a plain loop device over a file in memory,
 * both ext4 made and mounted alike, in turns. The recording itself also goes to memory.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { attachLoop, releaseLoop } from '../harness/attach/loop.js';
import { makeFileSystem } from '../harness/attach/make-file-system.js';
import { mountStorage, unmountPatiently } from '../harness/attach/mounting.js';
import { attachNbdfuse } from '../harness/attach/nbdfuse.js';
import { DiskClient } from '../harness/capture/disk-client.js';
import { storage as storageSchema } from '../harness/scenario/schema/storage.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import type { Lab } from './lab.js';
import { median } from './median.js';
import { RamDisk } from './ram-disk.js';
import { programsFolder } from './recorded-trace.js';

const sizeBytes = 256 * 1024 * 1024;
const storage = storageSchema.parse({ fs: 'ext4', size: sizeBytes });

interface MountedDisk {
  root: string;
  close(): Promise<void>;
}

interface Load {
  name: string;
  about: string;
  program: string;
  /** Files or MiB. */
  amount: number;
}

export const recordFsync = overhead({
  name: 'record_fsync',
  about: '500 times create and fsync on the recorded disk; baseline: on a plain loop device',
  program: 'create_fsync.py',
  amount: 500,
});

export const recordStream = overhead({
  name: 'record_stream',
  about: '64 MiB written and synced on the recorded disk; baseline: on a plain loop device',
  program: 'stream.py',
  amount: 64,
});

function overhead(load: Load): Benchmark {
  const { name, about } = load;
  return { name, about, goal: null, better: 'less', measure: (context) => measure(load, context) };
}

async function measure(load: Load, context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const amount = Math.max(1, Math.round(load.amount * Math.min(1, context.scale)));
  const disks: MountedDisk[] = [];
  try {
    say('making a recorded and a plain disk');
    disks.push(await recordedDisk(lab), await plainDisk(lab));
    const [recordedMs, plainMs] = disks.map((): number[] => []) as [number[], number[]];
    const rounds = repeats(7, context);
    for (let round = 0; round <= rounds; round++) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const [which, times] of [recordedMs, plainMs].entries()) {
        signal.throwIfAborted();
        const target = join(disks[which]!.root, `round-${round}`);
        const { stdout } = await execa(
          'python3',
          [join(programsFolder, load.program), target, String(amount)],
          { cancelSignal: signal },
        );
        if (round > 0) times.push(Number(stdout));
        // The next round shall find as much room, and nothing left to write back.
        rmSync(target, { recursive: true });
        await execa('sync', ['--file-system', disks[which]!.root]);
      }
    }
    return {
      value: median(recordedMs),
      baseline: median(plainMs),
      unit: 'ms',
      details: { amount, per_second: (amount * 1000) / median(recordedMs), rounds },
    };
  } finally {
    for (const disk of disks) await disk.close();
  }
}

async function plainDisk(lab: Lab): Promise<MountedDisk> {
  const disk = RamDisk.attach(lab, 'plain', sizeBytes);
  await makeFileSystem(disk.device, storage);
  const root = mounted(lab, disk.device);
  return {
    root,
    async close() {
      await unmountPatiently(root);
      disk.detach();
    },
  };
}

/** The disk as `plugpull run` records it, without the snapshots and acks around it. */
async function recordedDisk(lab: Lab): Promise<MountedDisk> {
  const { space } = lab;
  const sockets = lab.folder('sockets');
  const files = lab.path('recording');
  mkdirSync(files);
  const disk = await DiskClient.start(
    space,
    {
      sizeBytes,
      behaviour: storage.disk,
      diskSockets: [join(sockets, 'nbd.sock')],
      diskProtocol: 'nbd',
      diskId: 'bench',
      ackSocket: join(sockets, 'ack.sock'),
      stdoutFolder: null,
      ackPattern: null,
      writeDelayMs: 0,
      baseImage: join(files, 'base.img'),
      blockLog: join(files, 'disk.log'),
    },
    () => {},
  );
  const file = await attachNbdfuse(space, join(sockets, 'nbd.sock'), 'recorded-disk');
  const device = attachLoop(file.path, space);
  await makeFileSystem(device, storage);
  const root = mounted(lab, device);
  const started = disk.next('started');
  disk.send({ type: 'start' });
  await started;
  return {
    root,
    async close() {
      await unmountPatiently(root);
      releaseLoop(device, space);
      await file.detach();
      await disk.close();
    },
  };
}

function mounted(lab: Lab, device: string): string {
  const root = lab.folder('mounted');
  lab.space.note({ kind: 'mount', what: root });
  mountStorage(device, root, storage);
  return root;
}

/**
 * Two disks for the same load: the recorded one, and a plain loop device over a file in memory, both ext4 made and mounted
 * alike. The recording itself also goes to memory.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { attachLoop, releaseLoop } from '../harness/attach/loop.js';
import { makeFileSystem } from '../harness/attach/make-file-system.js';
import { mountStorage, unmountPatiently } from '../harness/attach/mounting.js';
import { attachNbdfuse } from '../harness/attach/nbdfuse.js';
import { DiskClient } from '../harness/capture/disk-client.js';
import { storage as storageSchema } from '../harness/scenario/schema/storage.js';
import type { Lab } from './lab.js';
import { RamDisk } from './ram-disk.js';

const sizeBytes = 256 * 1024 * 1024;
const storage = storageSchema.parse({ fs: 'ext4', size: sizeBytes });

export interface MountedDisk {
  root: string;
  close(): Promise<void>;
}

export async function plainDisk(lab: Lab): Promise<MountedDisk> {
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
export async function recordedDisk(lab: Lab): Promise<MountedDisk> {
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
      said: null,
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

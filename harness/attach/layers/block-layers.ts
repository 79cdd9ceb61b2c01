/** Layers below a storage's file system. */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Layer } from '../../scenario/schema/layers.js';
import { mount, unmount } from '../libc.js';
import { attachLoop, releaseLoop } from '../loop.js';
import { runMkfs } from '../run-mkfs.js';
import { mapDevice, type Target, unmapDevice } from './device-mapper.js';
import { LayerError, type LayerSeat, type RaisedLayer, type StorageLayer } from './layer.js';
import { mirror } from './mirror.js';

const sectorBytes = 512;

/** Of the whole device behind a node such as /dev/vda. */
function sectorsOf(device: string): number {
  return Number(readFileSync(`/sys/class/block/${basename(device)}/size`, 'utf8'));
}

/** aes-xts-plain64 is what cryptsetup(8) takes; the key is nobody's secret. */
const cipher = `aes-xts-plain64 ${'0123456789abcdef'.repeat(8)}`;

/** Nothing on the disk says that it is there: the same table is told again. */
const crypt: StorageLayer = {
  make: () => {},
  raise: (device, { folder }) => {
    const name = `plugpull-${basename(folder)}`;
    const path = mapDevice(name, [
      { type: 'crypt', sectors: sectorsOf(device), parameters: `${cipher} 0 ${device} 0` },
    ]);
    return { path, mounts: [], lower: () => unmapDevice(name) };
  },
};

/** LVM's own metadata is in front of the first extent. */
const reservedSectors = 2048;
const extentSectors = 8192;

/**
 * As LVM maps a volume that was extended or moved: two stretches of extents, the second of which lies in front of the first.
 * The volume's metadata is not there; the same table is told again.
 */
const linear: StorageLayer = {
  make: () => {},
  raise: (device, { folder }) => {
    const name = `plugpull-${basename(folder)}`;
    const extents = Math.floor((sectorsOf(device) - reservedSectors) / extentSectors / 2);
    const sectors = extents * extentSectors;
    const stretch = (from: number): Target => ({ type: 'linear', sectors, parameters: `${device} ${from}` });
    const path = mapDevice(name, [stretch(reservedSectors + sectors), stretch(reservedSectors)]);
    return { path, mounts: [], lower: () => unmapDevice(name) };
  },
};

/** Below the root of the file system that the file lies in. */
const fileName = 'disk.img';
/** What the file leaves of the file system that it lies in. */
const fileShare = 0.6;

class LoopOnFile implements StorageLayer {
  constructor(private readonly layer: Extract<Layer, { kind: 'loop' }>) {}

  make(device: string, seat: LayerSeat): void {
    const refused = runMkfs(device, { fs: this.layer.fs, mkfs: [] });
    if (refused) throw new LayerError(refused.said);
    const at = this.#mountPoint(seat);
    this.#mount(device, at, seat);
    try {
      const fd = openSync(join(at, fileName), 'w', 0o600);
      const bytes = Math.floor(sectorsOf(device) * sectorBytes * fileShare);
      ftruncateSync(fd, bytes - (bytes % (1024 * 1024)));
      closeSync(fd);
    } finally {
      unmount(at);
    }
  }

  raise(device: string, seat: LayerSeat): RaisedLayer {
    const at = this.#mountPoint(seat);
    this.#mount(device, at, seat);
    try {
      const path = attachLoop(join(at, fileName), seat, { directIo: this.layer.direct_io });
      const lower = (): void => {
        releaseLoop(path, seat);
        unmount(at);
      };
      return { path, mounts: [at], lower };
    } catch (error) {
      unmount(at);
      throw error;
    }
  }

  #mountPoint({ folder }: LayerSeat): string {
    const at = join(folder, 'file');
    mkdirSync(at, { recursive: true });
    return at;
  }

  #mount(device: string, at: string, seat: LayerSeat): void {
    seat.note({ kind: 'mount', what: at });
    // Other lanes have the same one mounted.
    mount(device, at, this.layer.fs, 0, this.layer.fs === 'xfs' ? 'nouuid' : '');
  }
}

/**
 * A cache on the second disk, in the manner of an SSD (Documentation/admin-guide/device-mapper/writecache.rst): it makes
 * one where it finds zeros in the place of its superblock.
 */
const writeCache: StorageLayer = {
  make: (_device, { moreDisks: [cache] = [] }) => {
    const fd = openSync(cache!, 'r+');
    writeSync(fd, Buffer.alloc(4096), 0, 4096, 0);
    fsyncSync(fd);
    closeSync(fd);
  },
  raise: (device, { folder, moreDisks: [cache] = [] }) => {
    const name = `plugpull-${basename(folder)}`;
    const path = mapDevice(name, [
      { type: 'writecache', sectors: sectorsOf(device), parameters: `s ${device} ${cache} 4096 0` },
    ]);
    return { path, mounts: [], lower: () => unmapDevice(name) };
  },
};

export function blockLayer(layer: Layer): StorageLayer | null {
  switch (layer.kind) {
    case 'dm-crypt':
      return crypt;
    case 'dm-linear':
      return linear;
    case 'dm-writecache':
      return writeCache;
    case 'md-raid1':
      return mirror;
    case 'loop':
      return new LoopOnFile(layer);
    default:
      return null;
  }
}

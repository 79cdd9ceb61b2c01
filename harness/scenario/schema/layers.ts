/** What lies between a storage's disk and the directory that programs see, besides its file system. */
import { z } from 'zod';

/** File systems that a file for a loop device can lie on. */
const below = z.enum(['ext4', 'xfs', 'btrfs']);

const layerObject = z.discriminatedUnion('kind', [
  z.strictObject({
    /** dm-crypt (aes-xts), below the file system. */
    kind: z.literal('dm-crypt'),
  }),
  z.strictObject({
    /** dm-linear, as LVM maps a volume: two stretches of extents. */
    kind: z.literal('dm-linear'),
  }),
  z.strictObject({
    /** md RAID1 over two disks, cut at one instant. */
    kind: z.literal('md-raid1'),
  }),
  z.strictObject({
    /** dm-writecache: what is written goes to a second disk first; both are cut at one instant. */
    kind: z.literal('dm-writecache'),
  }),
  z.strictObject({
    /** The file system lies on a loop device on a file, in a file system of its own. */
    kind: z.literal('loop'),
    /** The one that the file lies in. */
    fs: below.default('ext4'),
    /** Whether the loop device goes past that one's page cache. */
    direct_io: z.boolean().default(false),
  }),
  z.strictObject({
    /** overlayfs: programs work in it; its upper directory lies in the file system. */
    kind: z.literal('overlay'),
    /** Mounted `volatile`: it syncs nothing. */
    volatile: z.boolean().default(false),
  }),
  z.strictObject({
    /** A bind mount of a directory of the file system. */
    kind: z.literal('bind'),
  }),
  z.strictObject({
    /** A FUSE file system over a directory of the one below. */
    kind: z.literal('fuse'),
    /** For /bin/sh: serves $LOWER at $AT, in the foreground, until it is unmounted. $STATE is a folder of its own below. */
    command: z.string().min(1),
    /** Run once on a fresh file system, before the first start. */
    prepare: z.string().optional(),
  }),
]);
export type Layer = z.output<typeof layerObject>;

const shorthands: Record<string, z.input<typeof layerObject>> = {
  'dm-crypt': { kind: 'dm-crypt' },
  'dm-linear': { kind: 'dm-linear' },
  'md-raid1': { kind: 'md-raid1' },
  'dm-writecache': { kind: 'dm-writecache' },
  loop: { kind: 'loop' },
  'loop:direct': { kind: 'loop', direct_io: true },
  'loop:xfs': { kind: 'loop', fs: 'xfs' },
  'loop:btrfs': { kind: 'loop', fs: 'btrfs' },
  overlay: { kind: 'overlay' },
  'overlay:volatile': { kind: 'overlay', volatile: true },
  bind: { kind: 'bind' },
};

const names = Object.keys(shorthands) as [string, ...string[]];

const layer = z.union([z.enum(names).transform((name) => layerObject.parse(shorthands[name])), layerObject], {
  error: `expected a layer: ${names.join(', ')}, or {kind: fuse, command: ...}`,
});

/** Below the file system, or above it. */
export function isBlockLayer({ kind }: Pick<Layer, 'kind'>): boolean {
  return isMachineWide(kind) || kind === 'loop';
}

/** Whether a file's place on the disk can be told from above them (FIEMAP): each block of it is one of the disk's, as it is. */
export function showPlaces(list: readonly Pick<Layer, 'kind'>[]): boolean {
  return !list.some((layer) => isBlockLayer(layer) || layer.kind === 'fuse');
}

function isMachineWide(kind: Layer['kind']): boolean {
  return kind === 'dm-crypt' || kind === 'dm-linear' || joinsDisks(kind);
}

/** It lies on two disks. */
function joinsDisks(kind: Layer['kind']): boolean {
  return kind === 'md-raid1' || kind === 'dm-writecache';
}

/** How many disks a storage with these layers has. */
export function disksBelow(list: readonly Pick<Layer, 'kind'>[]): number {
  return list.some(({ kind }) => joinsDisks(kind)) ? 2 : 1;
}

/** Targets of the device mapper, and arrays, are machine-wide: they are only made where the machine is our own. */
export function needsGuest({ kind }: Pick<Layer, 'kind'>): boolean {
  return isMachineWide(kind);
}

/** From the disk up. */
export const layers = z
  .array(layer)
  .refine((list) => list.every((layer, i) => i === 0 || !isBlockLayer(layer) || isBlockLayer(list[i - 1]!)), {
    error:
      'expected layers from the disk up: md-raid1, dm-writecache, dm-crypt, dm-linear and loop lie below the file system, so they come before overlay, bind and fuse',
  })
  .refine((list) => list.slice(1).every(({ kind }) => !joinsDisks(kind)), {
    error: 'expected md-raid1 or dm-writecache, one of them, as the lowest layer: it lies on the two disks',
  })
  .refine((list) => list.slice(0, -1).every((layer) => layer.kind !== 'overlay' || !layer.volatile), {
    error: 'expected overlay:volatile as the uppermost layer: the kernel mounts it once only',
  })
  .default([]);

/** As it is written down: `overlay:volatile`. */
export function layerLabel(layer: Layer): string {
  switch (layer.kind) {
    case 'overlay':
      return layer.volatile ? 'overlay:volatile' : 'overlay';
    case 'loop':
      return layer.direct_io ? 'loop:direct' : layer.fs === 'ext4' ? 'loop' : `loop:${layer.fs}`;
    case 'fuse':
      return `fuse ${layer.command.trim().split(/\s+/)[0]}`;
    default:
      return layer.kind;
  }
}

/** Modules that a guest's kernel needs for them. */
export function layerModules(list: readonly Layer[]): string[] {
  return list.flatMap(modulesOf);
}

function modulesOf(layer: Layer): string[] {
  switch (layer.kind) {
    case 'dm-crypt':
      return ['cbc', 'xts', 'dm-crypt'];
    case 'dm-linear':
      return ['dm-mod'];
    case 'md-raid1':
      return ['raid1'];
    case 'loop':
      return ['loop', layer.fs];
    case 'bind':
      return [];
    default:
      return [layer.kind];
  }
}

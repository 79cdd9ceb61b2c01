import { likeness } from '../likeness.js';
import { commas, type Input, type KeyOptions, listOf, repeatable, settings } from './key-option.js';

/** What it is run on: a file system, options, a disk. */
export const storageOptions = {
  like: {
    type: 'string',
    describe:
      'a storage like the one that this directory of the machine lies on; what cannot be reproduced is said',
    conflicts: 'fs',
    key: 'storage',
    read: storageLike,
  },
  fs: {
    ...repeatable,
    describe:
      'file systems to run on, with as much room as the scenario asks for: ext2, ext3, ext4, xfs, btrfs; in a guest also f2fs',
    key: 'storage',
    read: storagesOf,
  },
  size: { type: 'string', describe: 'disk size, such as 64MiB', key: 'storage[].size' },
  'mkfs-options': {
    type: 'string',
    describe: 'more options for mkfs, separated by spaces',
    key: 'storage[].mkfs',
  },
  'mount-options': { type: 'string', describe: 'mount options, separated by commas', key: 'storage[].mount' },
  layers: {
    type: 'string',
    describe:
      'what lies between disk and programs, from the disk up, separated by commas: dm-crypt, dm-linear, loop, overlay, overlay:volatile, bind',
    key: 'storage[].layers',
    read: commas,
  },
  disk: {
    type: 'string',
    describe:
      'disk behaviour: cache=volatile|through|lying,atomic_unit=512|4096,fua=true,discard=zeros|ignored|unsupported,write_zeroes=true,bus=virtio|scsi',
    key: 'storage[].disk',
    over: true,
    read: settings,
  },
  method: {
    type: 'string',
    describe:
      'how power is lost: disk (ours; the default), power (in rounds, for real), or in a guest dm-log-writes, dm-flakey',
    key: 'storage[].method',
  },
} as const satisfies KeyOptions;

function storagesOf(fileSystems: readonly string[]): Input[] {
  return listOf(fileSystems).map(fileSystemOf);
}

function storageLike(directory: string): Input[] {
  const { name: _, ...storage } = likeness(directory);
  return [storage];
}

/** A FUSE file system is named by the command that serves it, and lies over ext4. */
function fileSystemOf(fs: string): Input {
  return fs.includes('$LOWER') ? { fs: 'ext4', layers: [{ kind: 'fuse', command: fs }] } : { fs };
}

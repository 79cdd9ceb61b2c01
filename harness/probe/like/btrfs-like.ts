/**
 * btrfs, by struct btrfs_super_block (include/uapi/linux/btrfs_tree.h), and by what sysfs says of how often it keeps what.
 * What mkfs.btrfs does without being asked is left out.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BytesAt, MadeLike } from './made-like.js';

const superblock = 0x10000;
const usualNodeBytes = 16 * 1024;
const usualSectorBytes = 4096;
/** By csum_type. */
const checksums = ['crc32c', 'xxhash', 'sha256', 'blake2'];

/** Features that mkfs.btrfs makes without being asked, by how they are switched off. */
const usual: Record<string, string[]> = {
  no_holes: ['-O', '^no-holes'],
  skinny_metadata: ['-O', '^skinny-metadata'],
  extended_iref: ['-O', '^extref'],
  free_space_tree: ['-R', '^free-space-tree'],
};
/** Those that hang on what was done, or that every mkfs.btrfs makes. */
const passing = new Set([
  ...['mixed_backref', 'big_metadata', 'free_space_tree_valid', 'default_subvol'],
  ...['compress_lzo', 'compress_zstd', 'mixed_groups', 'metadata_uuid'],
]);

export function btrfsLike(features: readonly string[], bytesAt: BytesAt): MadeLike {
  const word = (offset: number): number => bytesAt(superblock + offset, 4).readUInt32LE();
  const [sectorBytes, nodeBytes] = [word(0x90), word(0x94)];
  const devices = Number(bytesAt(superblock + 0x88, 8).readBigUInt64LE());
  const checksum = checksums[bytesAt(superblock + 0xc4, 2).readUInt16LE()];
  const isMixed = features.includes('mixed_groups');
  const kept = profiles(uuidOf(bytesAt(superblock + 0x20, 16)));
  const unknown = features.filter((name) => !(name in usual) && !passing.has(name));
  return {
    mkfs: [
      ...Object.entries(usual).flatMap(([name, without]) => (features.includes(name) ? [] : without)),
      ...(isMixed ? ['--mixed'] : []),
      ...(checksum === undefined || checksum === 'crc32c' ? [] : ['--csum', checksum]),
      // Mixed ones have nodes as large as sectors.
      ...(nodeBytes === (isMixed ? sectorBytes : usualNodeBytes) ? [] : ['-n', `${nodeBytes}`]),
      ...(sectorBytes === usualSectorBytes ? [] : ['-s', `${sectorBytes}`]),
      ...(kept.data === 'dup' ? ['-d', 'dup'] : []),
      ...(kept.metadata === 'single' ? ['-m', 'single'] : []),
    ],
    otherwise: [
      ...(unknown.length > 0 ? [`features: ${unknown.join(', ')}`] : []),
      ...(devices > 1 ? [`its ${devices} devices: here it has one`] : []),
      ...(checksum === undefined ? ['its checksums, which have no name here'] : []),
    ],
  };
}

/** How often data and metadata are kept, where that can be on one device; null where sysfs does not say. */
function profiles(uuid: string): Record<'data' | 'metadata', 'single' | 'dup' | null> {
  const of = (kind: string): 'single' | 'dup' | null =>
    (['dup', 'single'] as const).find((profile) =>
      existsSync(join('/sys/fs/btrfs', uuid, 'allocation', kind, profile)),
    ) ?? null;
  return { data: of('data'), metadata: of('metadata') };
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * Superblocks: where each family of file systems keeps its magic number and the bits of its features.
 *
 *     ext2, ext3, ext4  at 1024    fs/ext4/ext4.h, struct ext4_super_block; names as dumpe2fs prints them
 *     xfs               at 0       fs/xfs/libxfs/xfs_format.h, struct xfs_dsb, big-endian; names as xfs_info prints them
 *     btrfs             at 65536   include/uapi/linux/btrfs_tree.h, struct btrfs_super_block; names as in /sys/fs/btrfs
 *     f2fs              at 1024    include/linux/f2fs_fs.h, struct f2fs_super_block; names as mkfs.f2fs takes them
 *
 * A bit without a name here is of a newer kernel's making, and is told by its number.
 */
import type { FileSystem } from '../scenario/schema/storage.js';

/** A word of feature bits. */
export interface FeatureWord {
  /** What its bits are called together, for those without a name. */
  kind: string;
  /** From the start of the disk, in bytes. */
  offset: number;
  bytes: 4 | 8;
  /** By the number of the bit. */
  names: Readonly<Record<number, string>>;
}

export interface SuperblockLayout {
  /** In words. */
  family: string;
  mountedAs: readonly FileSystem[];
  magic: { offset: number; bytes: Buffer };
  order: 'little-endian' | 'big-endian';
  features: readonly FeatureWord[];
}

const ext = 1024;
const btrfs = 0x10000;
const f2fs = 1024;

const bits = (...names: (string | null)[]): Record<number, string> =>
  Object.fromEntries(names.flatMap((name, bit) => (name === null ? [] : [[bit, name]])));

export const superblockLayouts: readonly SuperblockLayout[] = [
  {
    family: 'ext2, ext3 or ext4',
    mountedAs: ['ext2', 'ext3', 'ext4'],
    magic: { offset: ext + 0x38, bytes: Buffer.of(0x53, 0xef) },
    order: 'little-endian',
    features: [
      {
        kind: 'compat',
        offset: ext + 0x5c,
        bytes: 4,
        names: {
          ...bits('dir_prealloc', 'imagic_inodes', 'has_journal', 'ext_attr', 'resize_inode', 'dir_index'),
          9: 'sparse_super2',
          10: 'fast_commit',
          11: 'stable_inodes',
          12: 'orphan_file',
        },
      },
      {
        kind: 'incompat',
        offset: ext + 0x60,
        bytes: 4,
        names: {
          ...bits('compression', 'filetype', 'needs_recovery', 'journal_dev', 'meta_bg', null, 'extent'),
          ...{ 7: '64bit', 8: 'mmp', 9: 'flex_bg', 10: 'ea_inode', 12: 'dirdata', 13: 'metadata_csum_seed' },
          ...{ 14: 'large_dir', 15: 'inline_data', 16: 'encrypt', 17: 'casefold' },
        },
      },
      {
        kind: 'ro_compat',
        offset: ext + 0x64,
        bytes: 4,
        names: {
          ...bits('sparse_super', 'large_file', null, 'huge_file', 'uninit_bg', 'dir_nlink', 'extra_isize'),
          ...{ 8: 'quota', 9: 'bigalloc', 10: 'metadata_csum', 12: 'read-only', 13: 'project' },
          ...{ 14: 'shared_blocks', 15: 'verity', 16: 'orphan_present' },
        },
      },
    ],
  },
  {
    family: 'xfs',
    mountedAs: ['xfs'],
    magic: { offset: 0, bytes: Buffer.from('XFSB') },
    order: 'big-endian',
    features: [
      { kind: 'compat', offset: 208, bytes: 4, names: {} },
      { kind: 'ro_compat', offset: 212, bytes: 4, names: bits('finobt', 'rmapbt', 'reflink', 'inobtcount') },
      {
        kind: 'incompat',
        offset: 216,
        bytes: 4,
        names: bits(
          ...['ftype', 'sparse', 'metauuid', 'bigtime', 'needsrepair', 'nrext64', 'exchange', 'parent'],
          ...['metadir', 'zoned'],
        ),
      },
      { kind: 'log_incompat', offset: 220, bytes: 4, names: {} },
    ],
  },
  {
    family: 'btrfs',
    mountedAs: ['btrfs'],
    magic: { offset: btrfs + 0x40, bytes: Buffer.from('_BHRfS_M') },
    order: 'little-endian',
    features: [
      { kind: 'compat', offset: btrfs + 0xac, bytes: 8, names: {} },
      {
        kind: 'compat_ro',
        offset: btrfs + 0xb4,
        bytes: 8,
        names: bits('free_space_tree', 'free_space_tree_valid', 'verity', 'block_group_tree'),
      },
      {
        kind: 'incompat',
        offset: btrfs + 0xbc,
        bytes: 8,
        names: {
          ...bits('mixed_backref', 'default_subvol', 'mixed_groups', 'compress_lzo', 'compress_zstd'),
          ...{ 5: 'big_metadata', 6: 'extended_iref', 7: 'raid56', 8: 'skinny_metadata', 9: 'no_holes' },
          ...{ 10: 'metadata_uuid', 11: 'raid1c34', 12: 'zoned', 13: 'extent_tree_v2' },
          ...{ 14: 'raid_stripe_tree', 16: 'simple_quota' },
        },
      },
    ],
  },
  {
    family: 'f2fs',
    mountedAs: ['f2fs'],
    magic: { offset: f2fs, bytes: Buffer.of(0x10, 0x20, 0xf5, 0xf2) },
    order: 'little-endian',
    features: [
      {
        kind: 'feature',
        offset: f2fs + 2180,
        bytes: 4,
        names: bits(
          ...['encrypt', 'blkzoned', 'atomic_write', 'extra_attr', 'project_quota', 'inode_checksum'],
          ...['flexible_inline_xattr', 'quota_ino', 'inode_crtime', 'lost_found', 'verity', 'sb_checksum'],
          ...['casefold', 'compression', 'readonly'],
        ),
      },
    ],
  },
];

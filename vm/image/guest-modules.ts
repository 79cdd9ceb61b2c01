/** Kernel modules that guests use; names as modprobe takes them. */

/** Loaded by init before the root image can be mounted. */
export const bootModules = ['virtio_pci', 'virtio_blk', 'virtio_console', 'squashfs', 'overlay'] as const;

/** File systems, under the name that mount(2) knows. Some share a module: ext4's is also ext2's and ext3's. */
export const fileSystemModules = [
  'bcachefs',
  'btrfs',
  'exfat',
  'ext2',
  'ext3',
  'ext4',
  'f2fs',
  'fuse',
  'jfs',
  'nilfs2',
  'ntfs3',
  'overlay',
  'reiserfs',
  'squashfs',
  'vfat',
  'virtiofs',
  'xfs',
  '9p',
] as const;

/** Loaded when a scenario asks for them, with the rest below. */
export const otherModules = [
  // device mapper
  'dm-mod',
  'dm-crypt',
  'dm-delay',
  'dm-dust',
  'dm-ebs',
  'dm-flakey',
  'dm-integrity',
  'dm-log-writes',
  'dm-snapshot',
  'dm-thin-pool',
  'dm-verity',
  'dm-writecache',
  'dm-zero',
  // disks
  'ahci',
  'brd',
  'loop',
  'nbd',
  'null_blk',
  'nvme',
  'scsi_debug',
  'sd_mod',
  'virtio_scsi',
  'zram',
  // several disks as one
  'bcache',
  'md-mod',
  'raid0',
  'raid1',
  'raid10',
  'raid456',
  // to the host
  '9pnet_virtio',
  'virtio_balloon',
  'virtio_net',
  'virtio-rng',
  'vmw_vsock_virtio_transport',
  // what file systems ask the kernel for while they are mounted, which a guest without modprobe cannot load then
  'nls_ascii',
  'nls_cp437',
  'nls_iso8859-1',
  'nls_utf8',
  'crypto-crc32c',
  'crypto-lzo',
  'crypto-lz4',
  'crypto-sha256',
  'crypto-xxhash64',
  // dm-crypt's cipher; and what encrypted-keys, which dm-crypt lies on, does not load without
  'xts',
  'cbc',
] as const;

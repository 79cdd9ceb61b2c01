import type { BytesAt, MadeLike } from './made-like.js';

/** What comes and goes while it is mounted, or cannot be asked of mke2fs. */
const passing = new Set(['needs_recovery', 'orphan_present', 'read-only', 'shared_blocks', 'journal_dev']);

export function extLike(features: readonly string[], bytesAt: BytesAt): MadeLike {
  const made = features.filter((name) => !passing.has(name) && !name.includes(':'));
  const unknown = features.filter((name) => name.includes(':'));
  // struct ext4_super_block, s_log_block_size
  const blockBytes = 1024 << bytesAt(1024 + 24, 4).readUInt32LE();
  return {
    mkfs: ['-O', ['none', ...made].join(','), ...(blockBytes === 4096 ? [] : ['-b', `${blockBytes}`])],
    otherwise: unknown.length > 0 ? [`features without a name here: ${unknown.join(', ')}`] : [],
  };
}

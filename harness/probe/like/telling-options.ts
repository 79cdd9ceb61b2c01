/** Mount options that say when something is written, ordered or kept. */
import type { MountLine } from './mount-table.js';

/** All file systems know `sync` and `dirsync`. */
const telling: Record<string, RegExp> = {
  ext: /^(sync|dirsync|data=.*|nobarrier|barrier=.*|commit=.*|journal_.*|no(auto_da_alloc|delalloc)|auto_da_alloc|discard|data_err=.*|dioread_(no)?lock|errors=.*)$/,
  xfs: /^(sync|dirsync|wsync|discard|logbufs=.*|logbsize=.*)$/,
  btrfs:
    /^(sync|dirsync|nobarrier|flushoncommit|nodatacow|nodatasum|compress.*|commit=.*|discard.*|ssd.*|notreelog)$/,
  f2fs: /^(sync|dirsync|fsync_mode=.*|nobarrier|mode=.*|checkpoint=.*|discard|nodiscard|alloc_mode=.*)$/,
};
/** What every mount has, and what changes nothing that is asked. */
const usual =
  /^(rw|relatime|noatime|nodiratime|nosuid|nodev|noexec|seclabel|inode64|attr2|noquota|subvol(id)?=.*|space_cache(=.*)?)$/;

/** @returns those to mount with, and those that are left out and are not known to change nothing */
export function tellingOptions({ fs, options }: MountLine): { kept: string[]; left: string[] } {
  const known = telling[fs.startsWith('ext') ? 'ext' : fs]!;
  const kept = options.filter((option) => known.test(option));
  return {
    kept,
    left: options.filter((option) => option !== '' && !known.test(option) && !usual.test(option)),
  };
}

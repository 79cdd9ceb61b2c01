import type { Operation, PathAt } from '../call.js';
import { type Arguments, type Decoder, none } from './arguments.js';
import { mode } from './permissions.js';

function mknod(a: Arguments, at: PathAt, index: number): Operation {
  const type = a.value(index);
  const text = type.kind === 'word' ? type.text : '';
  return { op: 'mknod', at, regular: text === '' || text.includes('S_IFREG'), mode: mode(a, index) & 0o7777 };
}

/** Calls that make, move and remove names in directories. */
export const nameCalls: Record<string, Decoder> = {
  rename: (a) => ({ op: 'rename', from: a.plainPath(0, true), to: a.plainPath(1, true), leaves: 'nothing' }),
  renameat: (a) => ({
    op: 'rename',
    from: a.pathFrom(0, none, true),
    to: a.pathFrom(2, none, true),
    leaves: 'nothing',
  }),
  renameat2: (a) => {
    const flags = a.flags(4);
    return {
      op: 'rename',
      from: a.pathFrom(0, none, true),
      to: a.pathFrom(2, none, true),
      leaves: flags.has('RENAME_EXCHANGE')
        ? 'exchange'
        : flags.has('RENAME_WHITEOUT')
          ? 'whiteout'
          : 'nothing',
    };
  },
  link: (a) => ({ op: 'link', from: a.plainPath(0, true), to: a.plainPath(1, true) }),
  linkat: (a) => {
    const flags = a.flags(4);
    return {
      op: 'link',
      from: a.pathFrom(0, flags, !flags.has('AT_SYMLINK_FOLLOW')),
      to: a.pathFrom(2, none, true),
    };
  },
  symlink: (a) => ({ op: 'symlink', target: a.path(0), at: a.plainPath(1, true) }),
  symlinkat: (a) => ({ op: 'symlink', target: a.path(0), at: a.pathFrom(1, none, true) }),
  unlink: (a) => ({ op: 'unlink', at: a.plainPath(0, true), directory: false }),
  unlinkat: (a) => ({
    op: 'unlink',
    at: a.pathFrom(0, none, true),
    directory: a.flags(2).has('AT_REMOVEDIR'),
  }),
  rmdir: (a) => ({ op: 'unlink', at: a.plainPath(0, true), directory: true }),
  mkdir: (a) => ({ op: 'mkdir', at: a.plainPath(0, true), mode: mode(a, 1) }),
  mkdirat: (a) => ({ op: 'mkdir', at: a.pathFrom(0, none, true), mode: mode(a, 2) }),
  mknod: (a) => mknod(a, a.plainPath(0, true), 1),
  mknodat: (a) => mknod(a, a.pathFrom(0, none, true), 2),
};

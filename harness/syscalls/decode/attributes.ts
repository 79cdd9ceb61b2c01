import type { AttributeChange } from '../call.js';
import type { Arguments, Decoder } from './arguments.js';
import { idOf } from './identities.js';
import { mode } from './permissions.js';

/** The user and the group behind each other; -1 leaves one as it is (chown(2)). */
function owner(a: Arguments, index: number): AttributeChange {
  return { what: 'owner', uid: idOf(a, index), gid: idOf(a, index + 1) };
}

/** A list of access rights is kept in another form than it is given in. */
function xattrValue(a: Arguments, index: number): string | undefined {
  if (a.path(1).startsWith('system.')) return undefined;
  const value = a.value(index);
  if (value.kind === 'word' && value.text === 'NULL') return '';
  return a.payload(index)?.toString('base64');
}

/** Calls that change modes, owners, times and extended attributes. */
export const attributeCalls: Record<string, Decoder> = {
  chmod: (a) => ({ op: 'attributes', target: a.plainPath(0), what: 'mode', mode: mode(a, 1) }),
  fchmod: (a) => ({ op: 'attributes', target: a.descriptor(0), what: 'mode', mode: mode(a, 1) }),
  fchmodat: (a) => ({ op: 'attributes', target: a.pathFrom(0), what: 'mode', mode: mode(a, 2) }),
  fchmodat2: (a) => ({ op: 'attributes', target: a.pathFrom(0, a.flags(3)), what: 'mode', mode: mode(a, 2) }),
  chown: (a) => ({ op: 'attributes', target: a.plainPath(0), ...owner(a, 1) }),
  fchown: (a) => ({ op: 'attributes', target: a.descriptor(0), ...owner(a, 1) }),
  lchown: (a) => ({ op: 'attributes', target: a.plainPath(0, true), ...owner(a, 1) }),
  fchownat: (a) => ({ op: 'attributes', target: a.pathFrom(0, a.flags(4)), ...owner(a, 2) }),
  utime: (a) => ({ op: 'attributes', target: a.plainPath(0), what: 'times' }),
  utimes: (a) => ({ op: 'attributes', target: a.plainPath(0), what: 'times' }),
  futimesat: (a) => ({ op: 'attributes', target: a.pathFrom(0), what: 'times' }),
  utimensat: (a) => {
    const path = a.value(1);
    const onDescriptor = path.kind === 'word' && path.text === 'NULL';
    return {
      op: 'attributes',
      target: onDescriptor ? a.descriptor(0) : a.pathFrom(0, a.flags(3)),
      what: 'times',
    };
  },
  setxattr: (a) => ({
    op: 'attributes',
    target: a.plainPath(0),
    what: 'xattr',
    name: a.path(1),
    value: xattrValue(a, 2),
  }),
  lsetxattr: (a) => ({
    op: 'attributes',
    target: a.plainPath(0, true),
    what: 'xattr',
    name: a.path(1),
    value: xattrValue(a, 2),
  }),
  fsetxattr: (a) => ({
    op: 'attributes',
    target: a.descriptor(0),
    what: 'xattr',
    name: a.path(1),
    value: xattrValue(a, 2),
  }),
  removexattr: (a) => ({
    op: 'attributes',
    target: a.plainPath(0),
    what: 'xattr',
    name: a.path(1),
    value: null,
  }),
  lremovexattr: (a) => ({
    op: 'attributes',
    target: a.plainPath(0, true),
    what: 'xattr',
    name: a.path(1),
    value: null,
  }),
  fremovexattr: (a) => ({
    op: 'attributes',
    target: a.descriptor(0),
    what: 'xattr',
    name: a.path(1),
    value: null,
  }),
};

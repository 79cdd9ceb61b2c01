import type { Operation } from '../call.js';
import { type Arguments, DecodeFault, type Decoder, flagsOf, unknownCall } from './arguments.js';
import { mode } from './permissions.js';

/** F_FULLFSYNC and F_BARRIERFSYNC of <sys/fcntl.h> on macOS; Linux answers EINVAL, strace prints the number. */
const darwinFullSync = 51;
const darwinBarrierSync = 85;

/** What these make of writes is followed; all else would change a file that is not named here, or is no file's. */
const followedFlags = new Set([
  ...['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_APPEND', 'O_DSYNC', 'O_SYNC', 'O_DIRECT', 'O_NOATIME'],
  ...['O_CLOEXEC', 'O_NONBLOCK', 'O_LARGEFILE', 'O_NOCTTY', 'O_DIRECTORY', 'O_NOFOLLOW'],
]);

/** Which file it opened is told by the calls that use the descriptor. What stands in quotes is the handle, no name. */
function openByHandle(a: Arguments): Operation {
  const operation = unknownCall(a.call, 'open_by_handle_at is not followed: open the file by its name');
  if (operation.op !== 'opaque') return operation;
  const flags = a.flags(2);
  if ([...flags].every((flag) => followedFlags.has(flag))) return { op: 'open_by_handle', flags };
  return { ...operation, paths: [], everything: true };
}

function fcntl(a: Arguments): Operation {
  const command = a.value(1);
  if (command.kind === 'number') {
    if (command.value === darwinFullSync) return { op: 'sync', scope: 'full', file: a.descriptor(0) };
    if (command.value === darwinBarrierSync) return { op: 'sync', scope: 'barrier', file: a.descriptor(0) };
    return unknownCall(a.call, `fcntl command ${command.value} is not known`);
  }
  const name = command.kind === 'word' ? command.text : '';
  switch (name) {
    case 'F_DUPFD':
      return { op: 'dup', from: a.descriptor(0), cloexec: false, target: null };
    case 'F_DUPFD_CLOEXEC':
      return { op: 'dup', from: a.descriptor(0), cloexec: true, target: null };
    case 'F_SETFL':
      return { op: 'set_status_flags', file: a.descriptor(0), flags: a.flags(2) };
    case 'F_SETFD':
      return { op: 'set_cloexec', fd: a.descriptor(0).fd, cloexec: a.flags(2).has('FD_CLOEXEC') };
    default:
      return /^F_(?:GET|SET|OFD_|CANCELLK|NOTIFY|ADD_SEALS)/.test(name)
        ? { op: 'none' }
        : unknownCall(a.call, `fcntl command ${name} is not known`);
  }
}

/** Calls that make, copy and close descriptors. */
export const descriptorCalls: Record<string, Decoder> = {
  open: (a) => ({ op: 'open', at: a.plainPath(0), flags: a.flags(1), mode: mode(a, 2) }),
  openat: (a) => ({ op: 'open', at: a.pathFrom(0), flags: a.flags(2), mode: mode(a, 3) }),
  openat2: (a) => {
    const how = a.value(2);
    const flags = how.kind === 'record' ? how.fields.get('flags') : undefined;
    if (!flags) throw new DecodeFault('no flags');
    const given = how.kind === 'record' ? how.fields.get('mode') : undefined;
    return {
      op: 'open',
      at: a.pathFrom(0),
      flags: flagsOf(flags),
      mode: given?.kind === 'number' ? given.value : 0,
    };
  },
  creat: (a) => ({
    op: 'open',
    at: a.plainPath(0),
    flags: new Set(['O_WRONLY', 'O_CREAT', 'O_TRUNC']),
    mode: mode(a, 1),
  }),
  close: (a) => ({ op: 'close', fd: a.descriptor(0).fd }),
  close_range: (a) => ({
    op: 'close_range',
    first: a.number(0),
    last: a.number(1) < 0 ? Number.MAX_SAFE_INTEGER : a.number(1),
    cloexec: a.flags(2).has('CLOSE_RANGE_CLOEXEC'),
  }),
  dup: (a) => ({ op: 'dup', from: a.descriptor(0), cloexec: false, target: null }),
  dup2: (a) => ({ op: 'dup', from: a.descriptor(0), cloexec: false, target: a.descriptor(1).fd }),
  dup3: (a) => ({
    op: 'dup',
    from: a.descriptor(0),
    cloexec: a.flags(2).has('O_CLOEXEC'),
    target: a.descriptor(1).fd,
  }),
  fcntl,
  fcntl64: fcntl,
  open_by_handle_at: openByHandle,
};

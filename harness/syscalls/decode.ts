import type { BytePath } from './byte-path.js';
import type { AttributeChange, Call, Descriptor, Operation, PathAt, Payload } from './call.js';
import { callsWithoutBearing } from './call-names.js';
import { endOfProcessName, type JoinedCall } from './joined-call.js';
import type { Value } from './value.js';

/** The arguments are not those the manual page gives: the call is kept, as one whose effect is not known. */
class DecodeFault extends Error {}

/** Gives each call its meaning. Never throws; what is not understood becomes `opaque`. */
export function decodeCall(joined: JoinedCall): Call {
  const { pid, name, result, enter, exit, startNs, endNs, stack } = joined;
  return { pid, name, operation: operationOf(joined), result, enter, exit, startNs, endNs, stack };
}

function operationOf(call: JoinedCall): Operation {
  if (callsWithoutBearing.has(call.name)) return { op: 'none' };
  const decoder = decoders[call.name];
  try {
    if (decoder) return decoder(new Arguments(call));
    return unknownCall(call, `${call.name} is not a call this program knows`);
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    return unknownCall(call, `${call.name}: ${error.message}`);
  }
}

/** Names every descriptor and path the call mentions, so that only those files lose their verdict. */
function unknownCall(call: JoinedCall, reason: string): Operation {
  // A call that failed changed nothing (path_resolution(7): errors are found before the change).
  if (call.result.kind === 'error') return { op: 'none' };
  const files: Descriptor[] = [];
  const paths: PathAt[] = [];
  const visit = (value: Value): void => {
    if (value.kind === 'number' && value.file) files.push(descriptorOf(value));
    else if (value.kind === 'string') paths.push(pathAt(value.bytes.toString('latin1')));
    else if (value.kind === 'list') value.items.forEach(visit);
    else if (value.kind === 'record') value.fields.forEach(visit);
    else if (value.kind === 'named') visit(value.value);
  };
  call.arguments.forEach(visit);
  return { op: 'opaque', reason, files, paths, everything: files.length === 0 && paths.length === 0 };
}

function pathAt(path: BytePath, options: Partial<PathAt> = {}): PathAt {
  return { directory: null, currentDirectory: null, path, noFollow: false, emptyPath: false, ...options };
}

function descriptorOf(value: Value): Descriptor {
  if (value.kind === 'named') return descriptorOf(value.value);
  if (value.kind === 'number') {
    return { fd: value.value, describedAs: value.file?.path ?? null, deleted: value.file?.deleted ?? false };
  }
  throw new DecodeFault('expected a descriptor');
}

/** Typed access to the arguments by position. */
class Arguments {
  constructor(readonly call: JoinedCall) {}

  get count(): number {
    return this.call.arguments.length;
  }

  value(index: number): Value {
    const value = this.call.arguments[index];
    if (!value) throw new DecodeFault(`argument ${index + 1} is missing`);
    return value.kind === 'named' ? value.value : value;
  }

  named(name: string): Value | null {
    for (const value of this.call.arguments) {
      if (value.kind === 'named' && value.name === name) return value.value;
      if (value.kind === 'record' && value.fields.has(name)) return value.fields.get(name)!;
    }
    return null;
  }

  number(index: number): number {
    const value = this.value(index);
    if (value.kind === 'number') return value.value;
    if (value.kind === 'word' && value.text === 'NULL') return 0;
    throw new DecodeFault(`argument ${index + 1} is not a number`);
  }

  descriptor(index: number): Descriptor {
    return descriptorOf(this.value(index));
  }

  /** `NULL` or `[7]`, as offsets of copy_file_range and splice are printed: before and, behind `=>`, after. */
  offset(index: number): number | null {
    const value = this.value(index);
    if (value.kind === 'word' && value.text === 'NULL') return null;
    if (value.kind === 'list' && value.items[0]?.kind === 'number') return value.items[0].value;
    if (value.kind === 'number') return value.value;
    throw new DecodeFault(`argument ${index + 1} is not an offset`);
  }

  path(index: number): BytePath {
    const value = this.value(index);
    if (value.kind === 'string') {
      if (value.truncated) throw new DecodeFault('a path is cut short');
      return value.bytes.toString('latin1');
    }
    if (value.kind === 'word' && value.text === 'NULL') return '';
    // A path strace could not read, printed as its address: the call fails with EFAULT.
    if (value.kind === 'number' && this.call.result.kind !== 'value') return '';
    throw new DecodeFault(`argument ${index + 1} is not a path`);
  }

  flags(index: number): ReadonlySet<string> {
    return index < this.count ? flagsOf(this.value(index)) : new Set();
  }

  plainPath(index: number, noFollow = false): PathAt {
    return pathAt(this.path(index), { noFollow });
  }

  /** A directory descriptor (or AT_FDCWD) at `index` and a path behind it. */
  pathFrom(index: number, flags: ReadonlySet<string> = new Set(), noFollow = false): PathAt {
    const directory = this.value(index);
    const path = this.path(index + 1);
    const options = {
      noFollow: noFollow || flags.has('AT_SYMLINK_NOFOLLOW'),
      emptyPath: flags.has('AT_EMPTY_PATH'),
    };
    if (directory.kind === 'word' && directory.text === 'AT_FDCWD') {
      return pathAt(path, { ...options, currentDirectory: directory.file?.path ?? null });
    }
    return pathAt(path, { ...options, directory: descriptorOf(directory) });
  }

  payload(index: number): Payload {
    const value = this.value(index);
    if (value.kind === 'string') return value.truncated ? null : value.bytes;
    return null;
  }

  /** The bytes of an iovec array, cut to what the call really wrote. */
  vector(index: number): Payload {
    const value = this.value(index);
    if (value.kind === 'word' && value.text === 'NULL') return Buffer.alloc(0);
    if (value.kind !== 'list') return null;
    if (value.truncated) return null;
    const parts: Buffer[] = [];
    for (const item of value.items) {
      if (item.kind !== 'record') return null;
      const base = item.fields.get('iov_base');
      const length = item.fields.get('iov_len');
      if (length?.kind === 'number' && length.value === 0) continue;
      if (base?.kind !== 'string' || base.truncated) return null;
      parts.push(base.bytes);
    }
    return Buffer.concat(parts);
  }
}

/** The words of `A|B|0x10`; numbers stay as they are printed. */
function flagsOf(value: Value): ReadonlySet<string> {
  if (value.kind === 'number')
    return value.value === 0 ? new Set() : new Set([`0x${value.value.toString(16)}`]);
  if (value.kind !== 'word') throw new DecodeFault('expected flags');
  return new Set(value.text.split('|').map((word) => word.trim()));
}

/** F_FULLFSYNC and F_BARRIERFSYNC of <sys/fcntl.h> on macOS; Linux answers EINVAL, strace prints the number. */
const darwinFullSync = 51;
const darwinBarrierSync = 85;

const nothing = (): Operation => ({ op: 'none' });
const opaqueCall =
  (reason: string) =>
  (a: Arguments): Operation =>
    unknownCall(a.call, reason);

function write(a: Arguments, payload: Payload, offset: number | null, flags: ReadonlySet<string>): Operation {
  return { op: 'write', file: a.descriptor(0), payload, offset, flags };
}

/** As strace names them in front of the octal digits: `S_ISUID|0755` (inode(7)). */
const specialBits = { S_ISUID: 0o4000, S_ISGID: 0o2000, S_ISVTX: 0o1000 };

function mode(a: Arguments, index: number): number {
  const value = a.call.arguments[index];
  // The kernel ignores the bits that tell a file's type (chmod(2) masks with S_IALLUGO).
  if (value?.kind === 'number') return value.value & 0o7777;
  if (value?.kind !== 'word') return 0;
  const octal = /(?:^|\|)(0[0-7]*)$/.exec(value.text);
  const special = Object.entries(specialBits).filter(([name]) => value.text.includes(name));
  return special.reduce((sum, [, bit]) => sum | bit, octal ? Number.parseInt(octal[1]!, 8) : 0);
}

/** The user and the group behind each other; -1 leaves one as it is (chown(2)). */
function owner(a: Arguments, index: number): AttributeChange {
  const [uid, gid] = [a.number(index), a.number(index + 1)].map((id) => (isNobody(id) ? null : id));
  return { what: 'owner', uid: uid!, gid: gid! };
}

/** -1, as a signed or as an unsigned number. */
function isNobody(id: number): boolean {
  return id === -1 || id === 0xffffffff;
}

/** A list of access rights is kept in another form than it is given in. */
function xattrValue(a: Arguments, index: number): string | undefined {
  if (a.path(1).startsWith('system.')) return undefined;
  const value = a.value(index);
  if (value.kind === 'word' && value.text === 'NULL') return '';
  return a.payload(index)?.toString('base64');
}

function mknod(a: Arguments, at: PathAt, index: number): Operation {
  const type = a.value(index);
  const text = type.kind === 'word' ? type.text : '';
  return { op: 'mknod', at, regular: text === '' || text.includes('S_IFREG'), mode: mode(a, index) & 0o7777 };
}

function protection(value: Value): boolean {
  return flagsOf(value).has('PROT_WRITE');
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

/** Requests to terminals, sockets, sound and the like, and those that only ask. */
const ofDevice =
  /^(?:T[CI]|SNDCTL_|FIO|SIO|FS_IOC_GET|FS_IOC_FSGET|FS_IOC_FIEMAP|BLK[A-Z]*GET|PTM|KD|VT_|EPIO|USBDEV|GIO)/;

/** Device requests that change a file's contents; everything a terminal or socket takes changes none. */
function ioctl(a: Arguments): Operation {
  const request = a.value(1);
  const name = request.kind === 'word' ? request.text : '';
  if (/\bFICLONE\b/.test(name) && !/RANGE/.test(name)) {
    return {
      op: 'copy',
      from: { fd: a.number(2), describedAs: null, deleted: false },
      fromOffset: 0,
      to: a.descriptor(0),
      toOffset: 0,
      whole: true,
    };
  }
  if (/SETFLAGS|FSSETXATTR/.test(name)) return { op: 'attributes', target: a.descriptor(0), what: 'flags' };
  // FIOCLEX and FIONCLEX set close-on-exec (ioctl_tty(2) neighbours, asm-generic/ioctls.h).
  if (name === 'FIOCLEX') return { op: 'set_cloexec', fd: a.descriptor(0).fd, cloexec: true };
  if (name === 'FIONCLEX') return { op: 'set_cloexec', fd: a.descriptor(0).fd, cloexec: false };
  // One number may have several names: `SNDCTL_TMR_START or TCSETS`.
  if (name.split(' or ').every((each) => ofDevice.test(each))) return { op: 'none' };
  if (/GETFLAGS|FSGETXATTR|GETVERSION|FIEMAP|GETFSLABEL|GETSIZE/.test(name)) return { op: 'none' };
  return unknownCall(a.call, `ioctl ${name || 'with an unknown request'} could change a file`);
}

function cloneFlags(value: Value | null): ReadonlySet<string> {
  return value && (value.kind === 'word' || value.kind === 'number') ? flagsOf(value) : new Set();
}

function fork(flags: ReadonlySet<string>): Operation {
  return { op: 'fork', sharesFiles: flags.has('CLONE_FILES'), sharesDirectory: flags.has('CLONE_FS') };
}

function socketPath(value: Value): BytePath | null {
  if (value.kind !== 'record') return null;
  const path = value.fields.get('sun_path');
  return path?.kind === 'string' ? path.bytes.toString('latin1') : null;
}

/** A socket with a path is a name in a directory (unix(7)); an abstract one, which begins with a NUL, is none. */
function bind(a: Arguments): Operation {
  const path = socketPath(a.value(1));
  if (path === null || path === '' || path.startsWith('\0')) return { op: 'none' };
  return { op: 'mknod', at: pathAt(path), regular: false, mode: 0o777 };
}

function message(value: Value): Payload {
  if (value.kind !== 'record') return null;
  const vector = value.fields.get('msg_iov');
  if (vector?.kind !== 'list') return null;
  const parts: Buffer[] = [];
  for (const item of vector.items) {
    const base = item.kind === 'record' ? item.fields.get('iov_base') : undefined;
    if (base?.kind === 'string') parts.push(base.bytes);
  }
  return Buffer.concat(parts);
}

/** `[3<pipe:[7]>, 4<pipe:[7]>]` */
function pipe(a: Arguments): Operation {
  const ends = a.value(0);
  const first = ends.kind === 'list' ? ends.items[0] : undefined;
  return { op: 'pipe', name: first?.kind === 'number' ? (first.file?.path ?? null) : null };
}

const none = new Set<string>();

const decoders: Record<string, (a: Arguments) => Operation> = {
  [endOfProcessName]: () => ({ op: 'exit' }),
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
  read: (a) => ({ op: 'read', file: a.descriptor(0) }),
  readv: (a) => ({ op: 'read', file: a.descriptor(0) }),
  preadv2: (a) => (a.number(3) === -1 ? { op: 'read', file: a.descriptor(0) } : { op: 'none' }),
  write: (a) => write(a, a.payload(1), null, none),
  writev: (a) => write(a, a.vector(1), null, none),
  pwrite64: (a) => write(a, a.payload(1), a.number(3), none),
  pwritev: (a) => write(a, a.vector(1), a.number(3), none),
  pwritev2: (a) => write(a, a.vector(1), a.number(3) < 0 ? null : a.number(3), a.flags(4)),
  lseek: (a) => ({ op: 'lseek', file: a.descriptor(0) }),
  _llseek: opaqueCall('_llseek is not followed'),
  truncate: (a) => ({ op: 'truncate', target: a.plainPath(0), length: a.number(1) }),
  ftruncate: (a) => ({ op: 'truncate', target: a.descriptor(0), length: a.number(1) }),
  fallocate: (a) => ({
    op: 'fallocate',
    file: a.descriptor(0),
    mode: a.flags(1),
    offset: a.number(2),
    length: a.number(3),
  }),
  copy_file_range: (a) => ({
    op: 'copy',
    from: a.descriptor(0),
    fromOffset: a.offset(1),
    to: a.descriptor(2),
    toOffset: a.offset(3),
    whole: false,
  }),
  splice: (a) => ({
    op: 'copy',
    from: a.descriptor(0),
    fromOffset: a.offset(1),
    to: a.descriptor(2),
    toOffset: a.offset(3),
    whole: false,
  }),
  sendfile: (a) => ({
    op: 'copy',
    from: a.descriptor(1),
    fromOffset: a.offset(2),
    to: a.descriptor(0),
    toOffset: null,
    whole: false,
  }),
  tee: (a) => ({ op: 'pipe_unclear', files: [a.descriptor(0), a.descriptor(1)] }),
  vmsplice: (a) => ({ op: 'pipe_unclear', files: [a.descriptor(0)] }),
  rename: (a) => ({ op: 'rename', from: a.plainPath(0, true), to: a.plainPath(1, true), exchange: false }),
  renameat: (a) => ({
    op: 'rename',
    from: a.pathFrom(0, none, true),
    to: a.pathFrom(2, none, true),
    exchange: false,
  }),
  renameat2: (a) => {
    const flags = a.flags(4);
    if (flags.has('RENAME_WHITEOUT')) return unknownCall(a.call, 'RENAME_WHITEOUT is not followed');
    return {
      op: 'rename',
      from: a.pathFrom(0, none, true),
      to: a.pathFrom(2, none, true),
      exchange: flags.has('RENAME_EXCHANGE'),
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
  umask: (a) => ({ op: 'umask', mask: a.number(0) & 0o777 }),
  fsync: (a) => ({ op: 'sync', scope: 'file', file: a.descriptor(0) }),
  fdatasync: (a) => ({ op: 'sync', scope: 'data', file: a.descriptor(0) }),
  syncfs: (a) => ({ op: 'sync', scope: 'filesystem', file: a.descriptor(0) }),
  sync_file_range: (a) => ({ op: 'sync', scope: 'range', file: a.descriptor(0) }),
  sync: () => ({ op: 'sync_all' }),
  mmap: (a) => {
    const flags = a.flags(3);
    if (flags.has('MAP_ANONYMOUS') || !(flags.has('MAP_SHARED') || flags.has('MAP_SHARED_VALIDATE')))
      return nothing();
    return {
      op: 'mmap',
      file: a.descriptor(4),
      writable: protection(a.value(2)),
      length: a.number(1),
      offset: a.number(5),
    };
  },
  mprotect: (a) => ({
    op: 'mprotect',
    address: a.number(0),
    length: a.number(1),
    writable: protection(a.value(2)),
  }),
  pkey_mprotect: (a) => ({
    op: 'mprotect',
    address: a.number(0),
    length: a.number(1),
    writable: protection(a.value(2)),
  }),
  munmap: (a) => ({ op: 'munmap', address: a.number(0), length: a.number(1) }),
  mremap: (a) => ({ op: 'mremap', address: a.number(0), length: a.number(2) }),
  msync: (a) => ({ op: 'msync', address: a.number(0), length: a.number(1), sync: a.flags(2).has('MS_SYNC') }),
  remap_file_pages: opaqueCall('remap_file_pages is not followed'),
  chdir: (a) => ({ op: 'chdir', target: a.plainPath(0) }),
  fchdir: (a) => ({ op: 'chdir', target: a.descriptor(0) }),
  fork: () => fork(none),
  vfork: () => fork(none),
  clone: (a) => fork(cloneFlags(a.named('flags'))),
  clone3: (a) => fork(cloneFlags(a.named('flags'))),
  unshare: (a) => {
    const flags = a.flags(0);
    if (flags.has('CLONE_NEWNS') || flags.has('CLONE_NEWUSER')) {
      return unknownCall(a.call, 'a new mount or user namespace changes what paths mean');
    }
    return { op: 'unshare', files: flags.has('CLONE_FILES'), directory: flags.has('CLONE_FS') };
  },
  execve: () => ({ op: 'execve' }),
  execveat: () => ({ op: 'execve' }),
  bind,
  connect: (a) => ({ op: 'connect', fd: a.descriptor(0).fd, path: socketPath(a.value(1)) }),
  sendto: (a) => ({ op: 'send', file: a.descriptor(0), payload: a.payload(1) }),
  sendmsg: (a) => ({ op: 'send', file: a.descriptor(0), payload: message(a.value(1)) }),
  sendmmsg: nothing,
  ioctl,
  // These make descriptors that are not files; a stale entry at the same number is dropped by `close`.
  pipe,
  pipe2: pipe,
  socket: nothing,
  socketpair: nothing,
  accept: nothing,
  accept4: nothing,
  eventfd: nothing,
  eventfd2: nothing,
  epoll_create: nothing,
  epoll_create1: nothing,
  signalfd: nothing,
  signalfd4: nothing,
  timerfd_create: nothing,
  memfd_create: nothing,
  memfd_secret: nothing,
  pidfd_open: nothing,
  userfaultfd: nothing,
  perf_event_open: nothing,
  bpf: nothing,
  fanotify_init: nothing,
  mq_open: nothing,
  mq_unlink: nothing,
  io_uring_setup: opaqueCall('io_uring changes files without system calls'),
  io_uring_enter: opaqueCall('io_uring changes files without system calls'),
  io_uring_register: opaqueCall('io_uring changes files without system calls'),
  io_setup: nothing,
  io_destroy: nothing,
  io_getevents: nothing,
  io_pgetevents: nothing,
  io_cancel: nothing,
  io_submit: opaqueCall('io_submit (asynchronous I/O) is not followed'),
  open_by_handle_at: opaqueCall('open_by_handle_at is not followed'),
  process_vm_readv: nothing,
  ptrace: nothing,
};

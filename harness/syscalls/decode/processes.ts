import type { Operation } from '../call.js';
import type { Value } from '../value.js';
import { type Decoder, flagsOf, none, nothing, unknownCall } from './arguments.js';

function cloneFlags(value: Value | null): ReadonlySet<string> {
  return value && (value.kind === 'word' || value.kind === 'number') ? flagsOf(value) : new Set();
}

function fork(flags: ReadonlySet<string>): Operation {
  return { op: 'fork', sharesFiles: flags.has('CLONE_FILES'), sharesDirectory: flags.has('CLONE_FS') };
}

/** Calls that begin, change and end processes. */
export const processCalls: Record<string, Decoder> = {
  umask: (a) => ({ op: 'umask', mask: a.number(0) & 0o777 }),
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
  process_vm_readv: nothing,
  // What it gives is a descriptor like one that was passed: the next call that names it shows the file (pidfd_getfd(2)).
  pidfd_getfd: nothing,
  ptrace: nothing,
};

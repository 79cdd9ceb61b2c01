import type { Operation, Payload } from '../call.js';
import { type Arguments, type Decoder, none, opaqueCall } from './arguments.js';

function write(a: Arguments, payload: Payload, offset: number | null, flags: ReadonlySet<string>): Operation {
  return { op: 'write', file: a.descriptor(0), payload, offset, flags };
}

/** Calls that read, write, cut and copy what files hold. */
export const contentCalls: Record<string, Decoder> = {
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
    clonedBytes: null,
  }),
  splice: (a) => ({
    op: 'copy',
    from: a.descriptor(0),
    fromOffset: a.offset(1),
    to: a.descriptor(2),
    toOffset: a.offset(3),
    clonedBytes: null,
  }),
  sendfile: (a) => ({
    op: 'copy',
    from: a.descriptor(1),
    fromOffset: a.offset(2),
    to: a.descriptor(0),
    toOffset: null,
    clonedBytes: null,
  }),
  tee: (a) => ({ op: 'pipe_unclear', files: [a.descriptor(0), a.descriptor(1)] }),
  vmsplice: (a) => ({ op: 'pipe_unclear', files: [a.descriptor(0)] }),
};

import type { BytePath } from '../byte-path.js';
import type { Descriptor, Operation, Payload } from '../call.js';
import type { Value } from '../value.js';
import { type Arguments, type Decoder, descriptorsIn, nothing, pathAt } from './arguments.js';

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

/** Those in `msg_control=[{cmsg_type=SCM_RIGHTS, cmsg_data=[3</w/f>]}]`. */
function passed(value: Value): Descriptor[] {
  const control = value.kind === 'record' ? value.fields.get('msg_control') : undefined;
  return control ? descriptorsIn(control) : [];
}

/** `[3<pipe:[7]>, 4<pipe:[7]>]` */
function pipe(a: Arguments): Operation {
  const ends = a.value(0);
  const first = ends.kind === 'list' ? ends.items[0] : undefined;
  return { op: 'pipe', name: first?.kind === 'number' ? (first.file?.path ?? null) : null };
}

/** Calls on sockets and pipes. */
export const channelCalls: Record<string, Decoder> = {
  bind,
  connect: (a) => {
    const { fd, describedAs } = a.descriptor(0);
    return { op: 'connect', fd, describedAs, path: socketPath(a.value(1)) };
  },
  sendto: (a) => ({ op: 'send', file: a.descriptor(0), payload: a.payload(1), passes: [] }),
  sendmsg: (a) => ({
    ...{ op: 'send', file: a.descriptor(0) },
    ...{ payload: message(a.value(1)), passes: passed(a.value(1)) },
  }),
  sendmmsg: nothing,
  pipe,
  pipe2: pipe,
  socket: nothing,
  socketpair: nothing,
  accept: nothing,
  accept4: nothing,
};

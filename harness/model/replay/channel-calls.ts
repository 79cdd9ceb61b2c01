import type { Call, Descriptor, Operation } from '../../syscalls/call.js';
import type { Thread } from '../descriptors.js';
import type { Changes } from './changes.js';
import { readOutside } from './content-calls.js';
import { type Bound, outside, type World } from './world.js';

/** Calls on pipes and sockets: the ways that acks and copied bytes take. */
export const channelCalls: Changes<'pipe' | 'pipe_unclear' | 'connect' | 'send'> = {
  pipe(world, { name }) {
    if (name !== null) world.pipes.made(name);
    return '';
  },

  pipe_unclear(world, { files }) {
    for (const { describedAs } of files) if (describedAs !== null) world.pipes.giveUp(describedAs);
    return '';
  },

  connect(world, { path, fd }, { thread }) {
    if (world.acks.isAckSocket(path)) {
      const description = outside(null);
      description.role = 'ack';
      thread.files.set(fd, description, true);
    }
    return '';
  },

  send(world, { file, payload }, { call, result, bound }) {
    const description = bound.get(file.fd);
    if (description?.role === 'ack' && payload) {
      world.acks.push(description, 'ack', payload.subarray(0, result), call);
    }
    return '';
  },
};

/** A descriptor that is sent lives on for whoever receives it, from when the call is entered. */
export function enterPassing({ passed }: World, { operation }: Call, bound: Bound): void {
  if (operation.op !== 'send') return;
  for (const { fd } of operation.passes) {
    const description = bound.get(fd);
    if (!description?.inode) continue;
    const known = passed.get(description.inode);
    if (known) known.add(description);
    else passed.set(description.inode, new Set([description]));
  }
}

/** What goes into a pipe is there for a reader from when the call is entered, which waits while the pipe is full. */
export function enterPipe({ pipes }: World, { operation, result, enter }: Call, bound: Bound): void {
  const { into, outOf } = pipeEnds(operation);
  if (outOf !== null) pipes.reading(outOf);
  if (!pipes.knows(into)) return;
  const count = result.kind === 'value' ? result.value : 0;
  let bytes: Buffer | null = null;
  if (result.kind === 'none') bytes = null;
  else if (count === 0) bytes = Buffer.alloc(0);
  else if (operation.op === 'write') bytes = operation.payload?.subarray(0, count) ?? null;
  else if (operation.op === 'copy') {
    const from = bound.get(operation.from.fd);
    const offset = operation.fromOffset ?? from?.offset ?? null;
    if (offset !== null && from?.inode) bytes = from.inode.content.read(offset, offset + count);
    else if (offset !== null && from?.outsidePath) bytes = readOutside(from.outsidePath, offset, count);
  }
  pipes.writing(into, bytes === null || bytes.length < count ? null : [{ bytes, from: enter }]);
}

/** The bytes that a call took out of a pipe; null when it did not, or when they are not known. */
export function leavePipe(
  { pipes, words }: World,
  { operation, result }: Call,
  { files }: Thread,
): Buffer | null {
  const { into, outOf } = pipeEnds(operation);
  if (into !== null) pipes.written(into);
  if (outOf === null) return null;
  if (result.kind === 'none') pipes.giveUp(outOf);
  const parts = pipes.read(outOf, result.kind === 'value' ? result.value : 0);
  if (parts) words.took(files, outOf, parts);
  else words.letGo(files);
  return parts && Buffer.concat(parts.map(({ bytes }) => bytes));
}

/** The pipes that a call puts bytes into and takes them out of, by the names of their descriptions. */
function pipeEnds(operation: Operation): { into: string | null; outOf: string | null } {
  const name = ({ describedAs }: Descriptor): string | null =>
    describedAs?.startsWith('pipe:') ? describedAs : null;
  switch (operation.op) {
    case 'write':
      return { into: name(operation.file), outOf: null };
    case 'read':
      return { into: null, outOf: name(operation.file) };
    case 'copy':
      return { into: name(operation.to), outOf: name(operation.from) };
    default:
      return { into: null, outOf: null };
  }
}

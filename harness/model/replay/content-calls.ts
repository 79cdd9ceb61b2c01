import { closeSync, openSync, readSync } from 'node:fs';
import { type BytePath, displayPath, pathBytes } from '../../syscalls/byte-path.js';
import type { Operation } from '../../syscalls/call.js';
import type { Description } from '../descriptors.js';
import type { SyncRequest } from '../history.js';
import { pathOf } from '../inode.js';
import type { Changes } from './changes.js';
import type { Bound } from './world.js';

/** What helps where bytes are not in the trace (`told-bytes.ts`). */
const toTell =
  ', and were changed before the end: let it be as it is until then, or name it in promise.ignore';

/** Calls that read, write, cut and copy what files hold. */
export const contentCalls: Changes<'read' | 'lseek' | 'write' | 'truncate' | 'fallocate' | 'copy'> = {
  read(_world, { file }, { result, bound }) {
    advance(bound.get(file.fd), result);
    return '';
  },

  lseek(_world, { file }, { result, bound }) {
    const description = bound.get(file.fd);
    if (description) description.offset = result;
    return '';
  },

  write(world, operation, { call, result: count, bound, thread }) {
    const description = bound.get(operation.file.fd);
    if (!description) return '';
    if (description.role && operation.payload) {
      world.acks.push(description, description.role, operation.payload.subarray(0, count), call, (isSame) =>
        world.words.from(thread.files, isSame),
      );
    }
    const inode = description.inode;
    let offset = operation.offset;
    // pwrite on an O_APPEND descriptor appends as well (pwrite(2), BUGS).
    const appends = description.append && !operation.flags.has('RWF_NOAPPEND');
    if (inode && (appends || operation.flags.has('RWF_APPEND'))) {
      if (offset === null) description.offset = inode.content.size + count;
      offset = inode.content.size;
    } else if (offset === null) {
      offset = description.offset;
      advance(description, count);
    }
    if (inode?.kind !== 'file') return '';
    if (count === 0) return '';
    if (offset === null) {
      world.makeOpaque(inode, 'it was written at a file position the trace does not tell', call.enter);
      return '';
    }
    const whole = operation.payload && operation.payload.length >= count ? operation.payload : null;
    const bytes = whole?.subarray(0, count) ?? world.bytesOf(call, inode, offset);
    if (!bytes) world.makeOpaque(inode, `a payload is cut short in the trace${toTell}`, call.enter);
    world.state.write(inode, offset, bytes ?? Buffer.alloc(count));
    return `write(${displayPath(pathOf(inode))}, ${offset}, ${count})`;
  },

  truncate(world, operation, returning) {
    const inode = world.target(operation.target, returning);
    if (!inode) return '';
    world.state.resize(inode, operation.length);
    return `truncate(${displayPath(pathOf(inode))}, ${operation.length})`;
  },

  /** Every mode of fallocate(2). */
  fallocate(world, { file, mode, offset, length }, { bound }) {
    const inode = bound.get(file.fd)?.inode;
    if (!inode) return '';
    const end = offset + length;
    const size = inode.content.size;
    const has = (name: string): boolean => mode.has(`FALLOC_FL_${name}`);
    if (has('COLLAPSE_RANGE')) {
      world.state.collapse(inode, offset, length);
    } else if (has('INSERT_RANGE')) {
      world.state.insert(inode, offset, length);
    } else {
      if (has('PUNCH_HOLE') || has('ZERO_RANGE')) {
        world.state.zero(
          inode,
          offset,
          has('KEEP_SIZE') ? Math.max(0, Math.min(end, size) - offset) : length,
        );
      }
      if (!has('KEEP_SIZE') && end > size) world.state.resize(inode, end);
    }
    return `fallocate(${displayPath(pathOf(inode))}, ${[...mode].join('|') || 0}, ${offset}, ${length})`;
  },

  copy(world, operation, { call, result, bound, fromPipe }) {
    const from = bound.get(operation.from.fd);
    const to = bound.get(operation.to.fd);
    const inode = to?.inode;
    const fromOffset = operation.fromOffset ?? from?.offset ?? null;
    let toOffset = operation.toOffset ?? to?.offset ?? null;
    if (to?.append && inode) toOffset = inode.content.size;
    const { clonedBytes } = operation;
    const rest = (from?.inode?.content.size ?? 0) - (fromOffset ?? 0);
    const count = clonedBytes === null ? result : clonedBytes === 0 ? Math.max(0, rest) : clonedBytes;
    if (operation.fromOffset === null) advance(from, result);
    if (operation.toOffset === null) advance(to, result);
    let bytes = fromPipe;
    if (bytes === null && fromOffset !== null && from?.inode)
      bytes = from.inode.content.read(fromOffset, fromOffset + count);
    else if (bytes === null && fromOffset !== null && from?.outsidePath && count > 0)
      bytes = readOutside(from.outsidePath, fromOffset, count);
    if (to?.role && bytes) world.acks.push(to, to.role, bytes, call);
    if (inode?.kind !== 'file') return '';
    if (clonedBytes === 0 && !from?.inode)
      world.makeOpaque(inode, 'it was cloned from a file outside the directory', call.enter);
    if (count === 0) return '';
    if (toOffset === null) {
      world.makeOpaque(inode, `${call.name} copied to a file position the trace does not tell`, call.enter);
      return '';
    }
    bytes ??= world.bytesOf(call, inode, toOffset);
    if (!bytes)
      world.makeOpaque(inode, `${call.name} copied bytes that are not in the trace${toTell}`, call.enter);
    world.state.write(inode, toOffset, bytes ?? Buffer.alloc(count));
    return `${call.name}(${displayPath(pathOf(inode))}, ${toOffset}, ${count})`;
  },
};

/** What a write on an O_SYNC or O_DSYNC descriptor, or one with RWF flags, asks for. */
export function ownSync(operation: Operation, bound: Bound): SyncRequest | null {
  const file = operation.op === 'write' ? operation.file : operation.op === 'copy' ? operation.to : null;
  if (!file) return null;
  const description = bound.get(file.fd);
  if (!description?.inode) return null;
  const flags: ReadonlySet<string> = operation.op === 'write' ? operation.flags : new Set();
  if (description.syncOnWrite === 'file' || flags.has('RWF_SYNC')) {
    return { scope: 'own_file', inode: description.inode, errno: null };
  }
  if (description.syncOnWrite === 'data' || flags.has('RWF_DSYNC')) {
    return { scope: 'own_data', inode: description.inode, errno: null };
  }
  return null;
}

function advance(description: Description | null | undefined, count: number): void {
  if (description && description.offset !== null) description.offset += count;
}

/** Bytes of a file outside the directory that was copied from; null when they can no longer be read. */
export function readOutside(path: BytePath, offset: number, length: number): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(pathBytes(path), 'r');
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.alloc(length);
    const count = readSync(descriptor, bytes, 0, length, offset);
    return count === length ? bytes : null;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

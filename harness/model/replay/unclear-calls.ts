import type { PathAt } from '../../syscalls/call.js';
import { entryPath, type OperationOf, type Returning, type World } from './world.js';

/** A call that could change files in ways nobody follows: the files it names are doubted, or all of them. */
export function unclear(
  world: World,
  operation: OperationOf<'opaque'>,
  returning: Pick<Returning, 'call' | 'thread' | 'bound'>,
): void {
  const { enter } = returning.call;
  if (operation.everything) {
    world.doubt(null, operation.reason, enter);
    return;
  }
  for (const file of operation.files) {
    const inode = returning.bound.get(file.fd)?.inode;
    if (inode) world.makeOpaque(inode, operation.reason, enter, true);
  }
  for (const at of operation.paths) {
    const place = world.place(at, returning, true);
    if (place.kind === 'name' || place.kind === 'inode') {
      if (place.inode) world.makeOpaque(place.inode, operation.reason, enter, true);
      if (place.kind === 'name') world.doubt(entryPath(place), operation.reason, enter);
    }
  }
}

/** A call cut short by the end of its process or of the log may have done its work, in whole or in part. */
export function neverReturned(world: World, returning: Pick<Returning, 'call' | 'thread' | 'bound'>): void {
  const { call, bound } = returning;
  const target = call.operation;
  const mayChange = [
    'open',
    'write',
    'truncate',
    'fallocate',
    'copy',
    'rename',
    'link',
    'symlink',
    'unlink',
    'mkdir',
    'mknod',
  ];
  if (!mayChange.includes(target.op)) return;
  if (target.op === 'write' || target.op === 'copy' || target.op === 'fallocate') {
    const inode = bound.get((target.op === 'copy' ? target.to : target.file).fd)?.inode;
    if (inode) world.makeOpaque(inode, `${call.name} never returned`, call.enter);
    return;
  }
  if (target.op === 'open' && !target.flags.has('O_CREAT') && !target.flags.has('O_TRUNC')) return;
  const at = 'at' in target ? target.at : 'to' in target ? (target.to as PathAt) : null;
  const place = at ? world.place(at, returning, false) : null;
  if (place?.kind === 'outside') return;
  world.doubt(place?.kind === 'name' ? entryPath(place) : null, `${call.name} never returned`, call.enter);
}

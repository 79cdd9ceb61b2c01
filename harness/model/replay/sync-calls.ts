import { displayPath } from '../../syscalls/byte-path.js';
import { pathOf } from '../inode.js';
import { mappedBytes, overlaps } from '../mapping.js';
import type { OperationOf, Returning, World } from './world.js';

/** Calls that ask for something to be made durable, whether they succeeded or not. */
export function synced(
  world: World,
  operation: OperationOf<'sync'> | OperationOf<'sync_all'> | OperationOf<'msync'>,
  { call, thread, bound }: Pick<Returning, 'call' | 'thread' | 'bound'>,
): void {
  // Its caller was killed in it, or the log is cut: nobody was told that anything is durable.
  if (call.result.kind === 'none') return;
  const errno = call.result.kind === 'error' ? call.result.errno : null;
  if (operation.op === 'sync_all') {
    world.addStep(call, 'sync()', { sync: { scope: 'everything', inode: null, errno } });
    return;
  }
  if (operation.op === 'msync') {
    const mapping = thread.files.mappings.findLast((known) => overlaps(known, operation.address, 1));
    if (mapping && operation.sync) {
      const range = mappedBytes(mapping, operation.address, operation.length);
      world.addStep(call, `msync(${displayPath(pathOf(mapping.inode))})`, {
        sync: { scope: 'mapping', inode: mapping.inode, range, errno },
      });
    }
    return;
  }
  const inode = bound.get(operation.file.fd)?.inode;
  if (!inode) return;
  if (operation.scope === 'filesystem') {
    world.addStep(call, `syncfs(${displayPath(pathOf(inode))})`, {
      sync: { scope: 'everything', inode: null, errno },
    });
    return;
  }
  const names = { full: 'fcntl(F_FULLFSYNC)', barrier: 'fcntl(F_BARRIERFSYNC)' } as const;
  const verb =
    operation.scope === 'full' || operation.scope === 'barrier' ? names[operation.scope] : call.name;
  const path = pathOf(inode);
  world.addStep(call, `${verb}(${displayPath(path)})`, {
    sync: { scope: operation.scope, inode, path, errno },
  });
}

import type { Call } from '../../syscalls/call.js';
import type { Thread } from '../descriptors.js';
import type { Inode } from '../inode.js';
import { unmapped } from '../mapping.js';
import type { Changes } from './changes.js';
import type { OperationOf, World } from './world.js';

/** Calls that begin, change and end processes. A fork is done when it is entered. */
export const processCalls: Changes<
  'none' | 'wait' | 'fork' | 'umask' | 'identity' | 'chdir' | 'unshare' | 'execve'
> = {
  none: () => '',
  wait: () => '',
  fork: () => '',

  umask(_world, { mask }, { thread }) {
    thread.directory.umask = mask;
    return '';
  },

  identity(_world, { uid, gid }, { thread }) {
    const { user } = thread;
    thread.user = user && { uid: uid ?? user.uid, gid: gid ?? user.gid };
    return '';
  },

  chdir(world, { target }, returning) {
    const { thread, bound } = returning;
    if ('fd' in target) {
      const description = bound.get(target.fd);
      if (description) thread.directory.at = description.inode ?? description.outsidePath ?? '/';
      return '';
    }
    const place = world.place(target, returning, true);
    if (place.kind === 'outside') thread.directory.at = place.path;
    else if (place.kind !== 'missing' && place.inode) thread.directory.at = place.inode;
    return '';
  },

  unshare(_world, { files, directory }, { thread }) {
    if (files) {
      thread.files.users--;
      thread.files = thread.files.copy();
    }
    if (directory) thread.directory = { ...thread.directory };
    return '';
  },

  execve(_world, _operation, { call, thread }) {
    if (thread.files.users > 1) {
      thread.files.users--;
      thread.files = thread.files.copy();
    }
    thread.files.closeOnExec();
    unmapped(thread.files.mappings, call.exit);
    thread.files.mappings = [];
    return '';
  },
};

/**
 * @param result of the call. Where it is not known, its caller having been killed in it, there may be a child all the
 *   same: whoever comes from nowhere later is that.
 */
export function forked(
  world: World,
  parent: Thread,
  result: Call['result'],
  { sharesFiles, sharesDirectory }: OperationOf<'fork'>,
): void {
  if (result.kind === 'error' || (result.kind === 'value' && result.value <= 0)) return;
  if (sharesFiles) parent.files.users++;
  const child: Thread = {
    files: sharesFiles ? parent.files : parent.files.copy(),
    directory: sharesDirectory ? parent.directory : { ...parent.directory },
    user: parent.user,
  };
  if (result.kind === 'value') world.threads.set(result.value, child);
  else world.unannounced.push(child);
}

export function exited(world: World, call: Call, thread: Thread): void {
  world.released = null;
  world.threads.delete(call.pid);
  if (--thread.files.users > 0) return;
  unmapped(thread.files.mappings, call.exit);
  thread.files.mappings = [];
  const releasing: Inode[] = [];
  const release = (): void => {
    if (world.released) releasing.push(world.released);
    world.released = null;
  };
  thread.files.closeAll();
  release();
  for (const inode of releasing) world.addStep(call, '', { released: inode });
  // The first thread seen is kept, so that a later stranger is told apart from the beginning.
  if (world.threads.size === 0) world.threads.set(-1, thread);
}

import type { BytePath } from '../../syscalls/byte-path.js';
import type { Call, Descriptor, PathAt } from '../../syscalls/call.js';
import { type Description, DescriptorTable, type Thread } from '../descriptors.js';
import type { Inode } from '../inode.js';
import { descriptorInPath } from '../path-walk.js';
import { type Bound, outside, type ReplayOptions, type World } from './world.js';

/** The thread that makes a call, with the descriptors that programs are started with where it is the first. */
export function threadOf(
  world: World,
  call: Call,
  { umask, user }: Pick<ReplayOptions, 'umask' | 'user'>,
): Thread {
  const known = world.threads.get(call.pid) ?? unannouncedChild(world, call.pid);
  if (known) return known;
  if (world.threads.size > 0) {
    world.doubt(null, `process ${call.pid} came from nowhere: its descriptors are not known`, call.enter);
  }
  const files = new DescriptorTable((description) => release(world, description));
  const role = ['stdin', 'stdout', 'stderr'] as const;
  for (let fd = 0; fd < role.length; fd++) {
    const description = outside(null);
    if (role[fd] === 'stdout') description.role = 'stdout';
    files.set(fd, description, false);
  }
  const thread: Thread = {
    files,
    directory: { at: world.state.root, umask: umask ?? null },
    user: user ?? null,
  };
  world.threads.set(call.pid, thread);
  return thread;
}

/** The child of a call that never returned, as long as only one can be meant, or it does not matter which. */
function unannouncedChild({ threads, unannounced }: World, pid: number): Thread | undefined {
  const child = unannounced.at(-1);
  if (!child || !unannounced.every((other) => other === child || areAlike(other, child))) return undefined;
  unannounced.pop();
  threads.set(pid, child);
  return child;
}

function areAlike(one: Thread, other: Thread): boolean {
  return (
    one.files.meansTheSameAs(other.files) &&
    one.directory.at === other.directory.at &&
    one.directory.umask === other.directory.umask &&
    one.user?.uid === other.user?.uid &&
    one.user?.gid === other.user?.gid
  );
}

/** Somebody nobody knows ends, having done nothing of which a trace could tell. */
export function isStrangersEnd(world: World, { pid, operation }: Call): boolean {
  const { threads } = world;
  return operation.op === 'exit' && threads.size > 0 && !threads.has(pid) && !unannouncedChild(world, pid);
}

/** What each descriptor that the call names means as it is entered. */
export function bindDescriptors(world: World, call: Call, thread: Thread): Bound {
  const bound = new Map<number, Description | null>();
  const bind = (descriptor: Descriptor | null | undefined): void => {
    if (descriptor) bound.set(descriptor.fd, describe(world, thread, descriptor, call));
  };
  const bindPath = (at: PathAt): void => {
    bind(at.directory);
    const fd = descriptorInPath(at.path);
    if (fd !== null) bind({ fd, describedAs: null, deleted: false });
    if (at.currentDirectory) checkDirectory(world, thread, at.currentDirectory);
  };
  for (const value of Object.values(call.operation)) {
    if (value && typeof value === 'object') {
      if ('fd' in value) bind(value as Descriptor);
      else if ('path' in value) bindPath(value as PathAt);
      else if (Array.isArray(value)) {
        for (const item of value) 'fd' in item ? bind(item) : bindPath(item);
      }
    }
  }
  return bound;
}

/** The description behind a number; for one the trace shows but we never saw opened, what its path tells. */
function describe(world: World, thread: Thread, descriptor: Descriptor, call: Call): Description | null {
  let known = thread.files.get(descriptor.fd);
  const shown = descriptor.describedAs;
  if (known?.byHandle && shown !== null) {
    const inside = descriptor.deleted ? null : world.inside(shown);
    if (!inside) thread.files.close(descriptor.fd);
    else if (known.writable) inside.writers++;
    known.byHandle = false;
    known.inode = inside;
    if (!inside) known = null;
  }
  if (known?.role === 'stdout') world.standardOutput ??= shown;
  if (known) {
    // A number reused for something we did not see made (a pipe, a socket).
    if (!known.inode && !known.role && shown !== null && world.inside(shown))
      thread.files.close(descriptor.fd);
    else if (known.inode && shown !== null && !shown.startsWith('/')) thread.files.close(descriptor.fd);
    else return known;
  }
  if (shown === null) return null;
  const inside = world.inside(shown);
  const description = outside(shown.startsWith('/') ? shown : null);
  const passed = inside && passedOn(world, inside);
  if (passed) {
    thread.files.set(descriptor.fd, passed, false);
    return passed;
  }
  if (inside && !descriptor.deleted) {
    description.inode = inside;
    description.offset = null;
    description.writable = true;
  } else if (inside || (descriptor.deleted && world.wouldBeInside(shown))) {
    world.doubt(
      null,
      `descriptor ${descriptor.fd} of process ${call.pid} leads to a deleted file we did not see opened`,
      call.enter,
    );
  }
  thread.files.set(descriptor.fd, description, false);
  return description;
}

/**
 * What a descriptor is that came from elsewhere (SCM_RIGHTS, pidfd_getfd(2)): the same open file description, with its
 * position, as long as only one is in question.
 */
function passedOn({ threads, passed }: World, inode: Inode): Description | null {
  const open = [...threads.values()].flatMap(({ files }) => [...files.leadingTo(inode)]);
  const candidates = new Set([...open, ...(passed.get(inode) ?? [])]);
  const [only] = candidates;
  return candidates.size === 1 ? only! : null;
}

/** AT_FDCWD's path as strace saw it wins over ours: it also knows of what happened before the trace. */
function checkDirectory(world: World, thread: Thread, shown: BytePath): void {
  const place = world.walk.byAbsolutePath(shown);
  if (place.kind === 'outside') thread.directory.at = place.path;
  else if ((place.kind === 'inode' || place.kind === 'name') && place.inode)
    thread.directory.at = place.inode;
}

function release(world: World, description: Description): void {
  const inode = description.inode;
  if (!inode || !description.writable) return;
  if (--inode.writers === 0) world.released = inode;
}

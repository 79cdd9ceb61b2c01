import { type BytePath, displayPath } from '../../syscalls/byte-path.js';
import type { Description } from '../descriptors.js';
import { descriptorInPath, shownPlace } from '../path-walk.js';
import type { Changes } from './changes.js';
import { madeIn } from './made.js';
import { type Bound, Disagreement, type OperationOf, outside, type World } from './world.js';

/** Calls that make, copy and close descriptors. A close is done when it is entered. */
export const descriptorCalls: Changes<
  'open' | 'open_by_handle' | 'close' | 'close_range' | 'dup' | 'set_status_flags' | 'set_cloexec'
> = {
  open(world, operation, returning) {
    const { at, flags } = operation;
    const { call, thread } = returning;
    const description = openedWith(flags);
    const shown = call.result.kind === 'value' ? (call.result.file?.path ?? null) : null;
    const followLast = !(flags.has('O_NOFOLLOW') || (flags.has('O_EXCL') && flags.has('O_CREAT')));
    let place = world.place(at, returning, followLast);
    if (place.kind === 'outside' && shown !== null && world.wouldBeInside(shown))
      place = world.walk.byAbsolutePath(shown);
    let title = '';
    const path = displayPath(shownPlace(place, at));
    if (place.kind === 'outside') {
      description.outsidePath = place.path;
      description.role = openedAgain(world, operation, { shown, bound: returning.bound });
    } else if (flags.has('O_TMPFILE')) {
      const directory = place.kind === 'missing' ? null : place.inode;
      description.inode = world.state.newInode('file', madeIn(directory, 'file', operation.mode, thread));
      description.inode.calledByKernel = shown === null ? null : world.walk.below(shown);
    } else if (place.kind === 'missing') {
      throw new Disagreement(null, `${path} was opened, and is not known`);
    } else if (place.inode) {
      description.inode = place.inode;
      if (flags.has('O_TRUNC') && place.inode.kind === 'file') {
        world.state.resize(place.inode, 0);
        title = `open(${path}, O_TRUNC)`;
      }
    } else if (place.kind === 'name' && flags.has('O_CREAT')) {
      const made = madeIn(place.directory, 'file', operation.mode, thread);
      description.inode = world.state.newInode('file', made);
      world.state.setEntry(place.directory, place.name, description.inode);
      title = `creat(${path})`;
    } else {
      throw new Disagreement(null, `${path} was opened, and is not known`);
    }
    if (description.writable && description.inode) description.inode.writers++;
    thread.files.set(returning.result, description, flags.has('O_CLOEXEC'));
    return title;
  },

  open_by_handle(_world, { flags }, { result, thread }) {
    thread.files.set(result, { ...openedWith(flags), byHandle: true }, flags.has('O_CLOEXEC'));
    return '';
  },

  close: () => '',

  close_range(_world, { first, last, cloexec }, { thread }) {
    if (cloexec) thread.files.closeRange(first, last, true);
    return '';
  },

  dup(_world, { from, cloexec }, { result, thread, bound }) {
    const description = bound.get(from.fd);
    if (description) thread.files.set(result, description, cloexec);
    else thread.files.close(result);
    return '';
  },

  set_status_flags(_world, { file, flags }, { bound }) {
    const description = bound.get(file.fd);
    if (description) description.append = flags.has('O_APPEND');
    return '';
  },

  set_cloexec(_world, { fd, cloexec }, { thread }) {
    thread.files.setCloexec(fd, cloexec);
    return '';
  },
};

function openedWith(flags: ReadonlySet<string>): Description {
  return {
    ...outside(null),
    writable: flags.has('O_WRONLY') || flags.has('O_RDWR'),
    append: flags.has('O_APPEND'),
    // O_SYNC contains O_DSYNC's bit; strace prints the wider name (open(2)).
    syncOnWrite: flags.has('O_SYNC') ? 'file' : flags.has('O_DSYNC') ? 'data' : 'no',
  };
}

/** Standard output that is opened by a name is standard output: `echo saved > /dev/stdout`. */
function openedAgain(
  { standardOutput }: World,
  { at, flags }: OperationOf<'open'>,
  { shown, bound }: { shown: BytePath | null; bound: Bound },
): Description['role'] {
  if (!flags.has('O_WRONLY') && !flags.has('O_RDWR')) return null;
  const fd = descriptorInPath(at.path);
  if (fd !== null && bound.get(fd)) return bound.get(fd)!.role;
  return shown !== null && shown === standardOutput ? 'stdout' : null;
}

import { displayPath } from '../../syscalls/byte-path.js';
import type { PathAt } from '../../syscalls/call.js';
import { type Inode, pathOf } from '../inode.js';
import { shownPlace } from '../path-walk.js';
import type { Changes } from './changes.js';
import { madeIn } from './made.js';
import { Disagreement, entryPath, type Returning, type World } from './world.js';

/** Calls that make, move and remove names in directories. */
export const nameCalls: Changes<'rename' | 'link' | 'symlink' | 'mkdir' | 'mknod' | 'unlink'> = {
  rename(world, operation, returning) {
    const from = world.place(operation.from, returning, false);
    const to = world.place(operation.to, returning, false);
    const shown = `rename(${displayPath(shownPlace(from, operation.from))}, ${displayPath(shownPlace(to, operation.to))})`;
    if (from.kind === 'outside' && to.kind === 'outside') return '';
    const whiteout = (directory: Inode): Inode =>
      world.state.newInode('special', madeIn(directory, 'special', 0, returning.thread));
    const leaves =
      operation.leaves === 'whiteout' && from.kind === 'name'
        ? { whiteout: whiteout(from.directory) }
        : operation.leaves === 'exchange'
          ? 'exchange'
          : 'nothing';
    if (to.kind === 'outside' && from.kind === 'name') {
      world.state.setEntry(from.directory, from.name, typeof leaves === 'object' ? leaves.whiteout : null);
      return shown;
    }
    if (from.kind === 'outside' && to.kind === 'name') {
      const { enter } = returning.call;
      const inode = world.state.newInode('file');
      world.state.setEntry(to.directory, to.name, inode);
      world.doubt(
        entryPath(to),
        'it was moved in from outside the directory: its contents are not known',
        enter,
      );
      world.makeOpaque(inode, 'it was moved in from outside the directory', enter);
      return shown;
    }
    if (from.kind !== 'name' || !from.inode || to.kind !== 'name') {
      throw new Disagreement(null, `${shown} succeeded, and its files are not known`);
    }
    world.state.rename(from, to, leaves);
    return shown;
  },

  link(world, operation, returning) {
    const from = world.place(operation.from, returning, !operation.from.noFollow);
    const to = world.place(operation.to, returning, false);
    const path = displayPath(shownPlace(to, operation.to));
    if (to.kind === 'outside') return '';
    if (to.kind !== 'name')
      throw new Disagreement(null, `link to ${path} succeeded, and its directory is not known`);
    let inode: Inode | null = from.kind === 'outside' || from.kind === 'missing' ? null : from.inode;
    if (!inode) {
      inode = world.state.newInode('file');
      world.makeOpaque(inode, 'it was linked in from outside the directory', returning.call.enter);
    }
    const title = `link(${displayPath(pathOf(inode))}, ${path})`;
    world.state.setEntry(to.directory, to.name, inode);
    return title;
  },

  symlink: (world, { at, target }, returning) =>
    create(world, at, returning, 'symlink', () => world.state.newInode('symlink', { target })),

  mkdir: (world, { at, mode }, returning) =>
    create(world, at, returning, 'mkdir', (directory) =>
      world.state.newInode('directory', madeIn(directory, 'directory', mode, returning.thread)),
    ),

  mknod: (world, { at, mode, regular }, returning) =>
    create(world, at, returning, 'mknod', (directory) => {
      const kind = regular ? 'file' : 'special';
      return world.state.newInode(kind, madeIn(directory, kind, mode, returning.thread));
    }),

  unlink(world, { at, directory }, returning) {
    const place = world.place(at, returning, false);
    if (place.kind === 'outside') return '';
    if (place.kind !== 'name' || !place.inode) throw new Disagreement(shownPlace(place, at), 'is not there');
    world.state.setEntry(place.directory, place.name, null);
    return `${directory ? 'rmdir' : 'unlink'}(${displayPath(shownPlace(place, at))})`;
  },
};

function create(
  world: World,
  at: PathAt,
  returning: Returning,
  verb: string,
  make: (directory: Inode) => Inode,
): string {
  const place = world.place(at, returning, false);
  if (place.kind === 'outside') return '';
  const path = shownPlace(place, at);
  if (place.kind !== 'name' || place.inode)
    throw new Disagreement(null, `${displayPath(path)} could not be made here`);
  world.state.setEntry(place.directory, place.name, make(place.directory));
  return `${verb}(${displayPath(path)})`;
}

import { displayPath } from '../../syscalls/byte-path.js';
import type { AttributeChange } from '../../syscalls/call.js';
import { pathOf } from '../inode.js';
import type { Changes } from './changes.js';

/** Calls that change modes, owners, times and extended attributes. */
export const attributeCalls: Changes<'attributes'> = {
  attributes(world, operation, returning) {
    const inode = world.target(operation.target, returning);
    if (!inode) return '';
    world.state.changeAttributes(inode, operation);
    return `${returning.call.name}(${displayPath(pathOf(inode))}${asked(operation)})`;
  },
};

/** What of a file's attributes a call asks for, behind its path. */
function asked(change: AttributeChange): string {
  switch (change.what) {
    case 'mode':
      return `, 0${change.mode.toString(8)}`;
    case 'owner':
      return `, ${change.uid ?? -1}, ${change.gid ?? -1}`;
    case 'xattr':
      return `, ${displayPath(change.name)}`;
    default:
      return '';
  }
}

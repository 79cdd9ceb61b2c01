/**
 * Mode and owner of what a program makes, as open(2), mkdir(2) and inode(7) give them: what was asked for less the mask,
 * and whom the thread ran as, but for a directory with the set-group-ID bit, which hands down its group.
 *
 * Where a directory hands down an access control list (acl(5)), the mask does not count. Other rules of which calls show
 * nothing (mount options, user namespaces) are noticed by what was left at the end.
 */
import type { BytePath } from '../../syscalls/byte-path.js';
import type { Owner } from '../../trace/attributes.js';
import type { Thread } from '../descriptors.js';
import type { DirectoryTree } from '../directory-tree.js';
import type { History } from '../history.js';
import type { Inode, InodeKind } from '../inode.js';

const setGroupId = 0o2000;
/** The list that what is made in a directory inherits. */
const defaultList = 'system.posix_acl_default';

export interface Made {
  mode: number;
  modeKnown: boolean;
  owner: Owner | undefined;
  /** null: not known which extended attributes it has. */
  xattrs: null | Record<string, never>;
}

/** @param directory null: not known */
export function madeIn(
  directory: Inode | null,
  kind: InodeKind,
  asked: number,
  { directory: { umask }, user }: Thread,
): Made {
  const handsDownGroup = directory !== null && (directory.mode & setGroupId) !== 0;
  const handsDownList = directory?.xattrs?.has(defaultList) ?? false;
  // mkdir(2) heeds the permission bits and the sticky bit.
  const bits = kind === 'directory' ? asked & 0o1777 : asked;
  const inherited = kind === 'directory' && handsDownGroup ? setGroupId : 0;
  const gid = handsDownGroup ? directory.owner?.gid : user?.gid;
  return {
    mode: (bits & ~(umask ?? 0o022)) | inherited,
    modeKnown: umask !== null && !handsDownList,
    owner: user === null || gid === undefined ? undefined : { uid: user.uid, gid },
    xattrs: handsDownList ? null : {},
  };
}

/** Whether something that was made, and is there at the end, has another mode or owner than the calls tell. */
export function madeOtherwise({ root }: Pick<History, 'root'>, final: DirectoryTree | null): boolean {
  if (!final) return false;
  const visit = (directory: Inode, above: BytePath): boolean => {
    for (const [name, inode] of directory.entries) {
      const path = above === '' ? name : `${above}/${name}`;
      const node = final.get(path);
      if (node?.kind !== inode.kind) continue;
      // A link's mode means nothing (symlink(7)).
      if (inode.kind !== 'symlink' && inode.modeKnown && inode.mode !== node.mode) return true;
      const { owner } = inode;
      if (owner && node.owner && (owner.uid !== node.owner.uid || owner.gid !== node.owner.gid)) return true;
      if (inode.kind === 'directory' && visit(inode, path)) return true;
    }
    return false;
  };
  return visit(root, '');
}

import type { AttributeEffect } from '../../model/effect.js';
import type { Part } from '../../promise/law.js';
import { isPromisedXattr } from '../../trace/attributes.js';

/** The part of a file that a change of its attributes changes; null for what nobody is promised. */
export const partOf: Record<AttributeEffect['what'], Part | null> = {
  mode: 'mode',
  owner: 'owner',
  xattr: 'xattrs',
  times: null,
  flags: null,
};

/** Whether an attribute became another one; null: the trace does not tell. A mode that is not known accuses nobody. */
export function changesValue({ what, mode, owner, xattr }: AttributeEffect): boolean | null {
  switch (what) {
    case 'mode':
      return mode !== null && mode.from !== mode.to;
    case 'owner':
      return owner && (owner.from.uid !== owner.to.uid || owner.from.gid !== owner.to.gid);
    case 'xattr':
      if (!xattr || !isPromisedXattr(xattr.name)) return false;
      // What there is not cannot be removed (ENODATA, removexattr(2)).
      if (xattr.to === null) return true;
      return xattr.from === undefined || xattr.to === undefined ? null : xattr.from !== xattr.to;
    default:
      return false;
  }
}

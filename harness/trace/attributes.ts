/** Owner and extended attributes of a file, as a trace records them and a recovered tree shows them. */

export interface Owner {
  uid: number;
  gid: number;
}

/** Whom files belong to that this process and its children make. */
export function ownUser(): Owner {
  return { uid: process.geteuid!(), gid: process.getegid!() };
}

/** By name; values are base64. */
export type Xattrs = Readonly<Record<string, string>>;

/**
 * Whether a promise can speak of an extended attribute: what programs set themselves, and access control lists. The
 * kernel keeps things of its own among the others.
 */
export function isPromisedXattr(name: string): boolean {
  return /^(?:user\.|trusted\.|system\.posix_acl_)/.test(name);
}

/** The kernel changes it with the mode, and the mode with it (acl(5)). */
export const accessList = 'system.posix_acl_access';

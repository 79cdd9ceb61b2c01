import type { FoundNode } from '../../harness/probe/resident/messages.js';

/** The root of a file system in which nothing is. */
export const emptyRoot: FoundNode = {
  path: '',
  kind: 'directory',
  identity: 0,
  mode: 0o755,
  uid: 0,
  gid: 0,
  links: 2,
  xattrs: {},
};

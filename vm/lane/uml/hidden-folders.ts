import { resolve } from 'node:path';

/** Folders of a guest that are its own, so that the host's files in them are not seen. */
const guestsOwn = ['/dev', '/proc', '/sys'];

/** Those of the host's folders that a guest sees only where they are shared with it. */
export function hiddenFolders(paths: readonly (string | null)[]): string[] {
  const needed = paths.filter((path) => path !== null).map((path) => resolve(path));
  return [...new Set(needed)].filter((path) =>
    guestsOwn.some((own) => path === own || path.startsWith(`${own}/`)),
  );
}

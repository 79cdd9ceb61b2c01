import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.js';

/** What a name, or whom it belongs to, makes impossible (errno(3)); want of room is another matter. */
const refused = ['EACCES', 'EEXIST', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM'];

/**
 * Makes a folder, and those above it, one after the other: Node's own recursive mkdir asks for ever where a file system
 * makes none, as /proc.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !existsSync(path)) throw error;
  }
}

/**
 * Makes a folder that the user named.
 *
 * @param option by which it was named
 * @throws UsageError where there can be none
 */
export function makeNamedFolder(option: string, path: string, mode?: number): void {
  try {
    makeFolder(resolve(path), mode);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!refused.includes(code)) throw error;
    throw new UsageError(
      `${option}: expected a folder that can be made and written, got ${path} (${code}); name another`,
    );
  }
}

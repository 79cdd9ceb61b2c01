/**
 * Takes everything out of a recovered tree again: each directory is emptied, written to once more, and removed. What
 * recovery left has to allow that, whatever else it lost.
 * Assumes: the file system is thrown away afterwards.
 */
import { closeSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errorCode } from '../../attach/libc.js';
import { type BytePath, pathBytes } from '../../syscalls/byte-path.js';

/** Where it could not go on: the path, and the errno's name. */
export interface Stuck {
  path: BytePath;
  error: string;
}

export type TreeEmptying = (root: string) => Stuck | null;

/** A program may have made a file immutable (chattr(1)), and a small file system may be full. */
const excused = new Set(['EPERM', 'ENOSPC', 'EDQUOT']);
/** A name that no program is likely to use. */
const probeName = '.plugpull-written-again';

/** Of a tree that is mounted on the host. */
export const emptyTree: TreeEmptying = (root) => {
  const full = (path: BytePath): Buffer =>
    Buffer.concat([Buffer.from(root), Buffer.from('/'), pathBytes(path)]);
  let stuck: Stuck | null = null;
  const attempt = (path: BytePath, act: () => void): void => {
    if (stuck) return;
    try {
      act();
    } catch (error) {
      const code = errorCode(error);
      if (code === null) throw error;
      if (!excused.has(code)) stuck = { path, error: code };
    }
  };
  const empty = (directory: BytePath): void => {
    const above = directory === '' ? '' : `${directory}/`;
    attempt(directory, () => {
      for (const entry of readdirSync(full(directory), { encoding: 'buffer', withFileTypes: true })) {
        const path = `${above}${(entry.name as unknown as Buffer).toString('latin1')}`;
        if (path === 'lost+found') continue;
        if (entry.isDirectory()) {
          empty(path);
          attempt(path, () => rmdirSync(full(path)));
        } else attempt(path, () => unlinkSync(full(path)));
      }
      const probe = full(`${above}${probeName}`);
      closeSync(openSync(probe, 'wx'));
      unlinkSync(probe);
    });
  };
  empty('');
  return stuck;
};

/** Mounts that runs made, in the mounts of others: a copy keeps a recorded file system alive, and its loop device busy. */
import { backingFileOf } from '../attach/loop.js';
import { mounts } from './mounts.js';
import { isOwn, runFolderOf, runMark } from './run-space.js';

/**
 * Mount points of what other runs made, as this process sees them, the last mounted first. Its own runs' are not among them,
 * nor those of the run that started it.
 */
export function foreignMounts(): string[] {
  return mountsOfRuns((run) => !isOwn(run) && run !== process.env[runMark]);
}

/** Mount points of what these runs made, the last mounted first: all in their folders, and their devices wherever they are mounted. */
export function mountsOfRuns(wanted: (run: string) => boolean): string[] {
  return mounts()
    .filter(({ at, source }) =>
      [at, fileBehind(source)].some((path) => {
        const folder = path === null ? null : runFolderOf(path);
        return folder !== null && wanted(folder.slice(folder.lastIndexOf('/') + 1));
      }),
    )
    .map(({ at }) => at)
    .reverse();
}

/** What a loop device lies on. Its label would have to be asked of the file, and who serves that may be dead, or stand still. */
function fileBehind(source: string): string | null {
  return /^\/dev\/loop\d+$/.test(source) ? backingFileOf(source) : null;
}

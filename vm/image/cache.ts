/**
 * The folder where images are kept: `$XDG_CACHE_HOME/plugpull/vm`, or `~/.cache/plugpull/vm`.
 *
 *     kernel/KEY/  root/KEY/  container/KEY/   finished entries; KEY is a digest of all that they are made of
 *     initramfs/KEY.cpio                       kernel modules, busybox, init and agent of this version
 *     latest/NAME.json                         which packages, and so which entry, a name stands for
 *     debs/  apt/                              downloads, and apt's lists
 *     making-*                                 what is being built
 *     lock                                     held while building, with flock(2)
 *
 * An entry is written in a folder of its own, synced, and renamed into place, so what has its final name is whole
 * even after a power cut. Builds exclude each other; a build that was killed lets go of its lock, and the next
 * one removes what it left. Who only uses images takes no lock.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../../harness/attach/libc.js';
import { UnavailableError } from '../../harness/verdict/errors.js';
import { makeFolder } from '../../harness/verdict/make-folder.js';
import type { BuildOptions } from './build-options.js';

export type EntryKind = 'kernel' | 'root' | 'container';

const lockPollMs = 100;
const makingPrefix = 'making-';

export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'plugpull', 'vm');
}

export function cachePath(...names: string[]): string {
  return join(cacheFolder(), ...names);
}

/** The folder of a finished entry; undefined when there is none. */
export function findEntry(kind: EntryKind, key: string): string | undefined {
  const folder = cachePath(kind, key);
  return existsSync(folder) ? folder : undefined;
}

/** Lets `fill` write an entry's files, then gives them their place. Only while the cache is locked. */
export async function makeEntry(
  kind: EntryKind,
  key: string,
  fill: (folder: string, scratch: string) => Promise<void>,
): Promise<string> {
  const final = cachePath(kind, key);
  await making(async (temporary) => {
    const folder = join(temporary, 'entry');
    const scratch = join(temporary, 'scratch');
    mkdirSync(folder);
    mkdirSync(scratch);
    await fill(folder, scratch);
    mkdirSync(dirname(final), { recursive: true });
    rmSync(final, { recursive: true, force: true });
    putInPlace(folder, final);
  });
  return final;
}

/** A folder to work in, below the cache, that is removed in any case. */
export async function making<T>(action: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = mkdtempSync(cachePath(makingPrefix));
  try {
    return await action(temporary);
  } finally {
    removeTree(temporary);
  }
}

/** Renames a finished file or folder of files to its final path, whole also after a power cut. */
export function putInPlace(from: string, to: string): void {
  syncTree(from);
  renameSync(from, to);
  syncPath(dirname(to));
}

export function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/**
 * Runs `action` while no other process builds, and says so when it has to wait for one.
 * @throws UnavailableError when the cache folder cannot be written
 */
export async function withCacheLock<T>(
  { signal, onStep }: BuildOptions,
  action: () => Promise<T>,
): Promise<T> {
  const fd = openLock();
  try {
    if (!tryLock(fd)) {
      onStep?.('waiting for another build to end');
      do {
        await sleep(lockPollMs, undefined, { signal });
      } while (!tryLock(fd));
    }
    removeLeftovers();
    return await action();
  } finally {
    closeSync(fd);
  }
}

function openLock(): number {
  const folder = cacheFolder();
  try {
    makeFolder(folder);
    return openSync(join(folder, 'lock'), 'a');
  } catch (error) {
    throw new UnavailableError(
      `images are kept in ${folder}, which cannot be written (${(error as NodeJS.ErrnoException).code}); name another folder with XDG_CACHE_HOME=DIR`,
      { cause: error },
    );
  }
}

/** Whoever holds the lock is the only builder, so what is being made without it belongs to a dead one. */
function removeLeftovers(): void {
  for (const name of readdirSync(cacheFolder())) {
    if (name.startsWith(makingPrefix)) removeTree(cachePath(name));
  }
}

function syncTree(path: string): void {
  for (const entry of readdirIfFolder(path)) syncTree(join(path, entry));
  syncPath(path);
}

function readdirIfFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [];
    throw error;
  }
}

function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Layers above a storage's file system. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '../../scenario/schema/layers.js';
import { hangsAfterMs } from '../hang-limit.js';
import { mount, mountFlag, SystemCallError, unmount } from '../libc.js';
import { LayerError, type LayerSeat, type RaisedLayer, type StorageLayer } from './layer.js';

function mountPoint({ at, note }: LayerSeat): string {
  mkdirSync(at, { recursive: true });
  note({ kind: 'mount', what: at });
  return at;
}

/**
 * overlayfs over three directories of the file system. One that is `volatile` leaves a directory behind by which the
 * kernel refuses to mount it again after a crash (Documentation/filesystems/overlayfs.rst, Volatile mount): so it does here.
 */
class Overlay implements StorageLayer {
  constructor(private readonly isVolatile: boolean) {}

  make(directory: string): void {
    for (const name of ['lower', 'upper', 'work']) mkdirSync(join(directory, name));
  }

  raise(directory: string, seat: LayerSeat): RaisedLayer {
    const path = mountPoint(seat);
    const folders = [
      `lowerdir=${directory}/lower`,
      `upperdir=${directory}/upper`,
      `workdir=${directory}/work`,
    ];
    mount('overlay', path, 'overlay', 0, [...folders, ...(this.isVolatile ? ['volatile'] : [])].join(','));
    return { path, mounts: [path], lower: () => unmount(path) };
  }
}

const bind: StorageLayer = {
  make: (directory) => {
    mkdirSync(join(directory, 'bound'));
  },
  raise: (directory, seat) => {
    const path = mountPoint(seat);
    mount(join(directory, 'bound'), path, '', mountFlag.bind, '');
    return { path, mounts: [path], lower: () => unmount(path) };
  },
};

/** EIO, EBUSY, ETIMEDOUT */
const [ended, busy, timedOut] = [5, 16, 110];
const endLimitMs = 10_000;

/** A file system of the user's: its program is waited for until it is mounted, and until it has ended. */
class Fuse implements StorageLayer {
  constructor(private readonly layer: Extract<Layer, { kind: 'fuse' }>) {}

  make(directory: string, seat: LayerSeat): void {
    for (const name of ['fuse', 'state']) mkdirSync(join(directory, name));
    const { prepare } = this.layer;
    if (prepare === undefined) return;
    const { status, stderr, stdout } = spawnSync('/bin/sh', ['-c', prepare], {
      env: this.#environment(directory, seat),
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new LayerError(`${prepare}: ended with ${status}: ${`${stderr}${stdout}`.trim()}`);
  }

  raise(directory: string, seat: LayerSeat): RaisedLayer {
    const path = mountPoint(seat);
    const before = statSync(path).dev;
    seat.note({ kind: 'process', what: this.layer.command });
    const logFile = join(seat.folder, 'said');
    const log = openSync(logFile, 'w');
    const child = spawn('/bin/sh', ['-c', `exec ${this.layer.command}`], {
      env: this.#environment(directory, seat),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('error', () => {});
    const isMounted = waitUntil(hangsAfterMs, () => statSync(path).dev !== before || hasEnded(child));
    if (!isMounted || statSync(path).dev === before) {
      child.kill('SIGKILL');
      // As the kernel would say it of a file system that a crash left unusable.
      const said = readFileSync(logFile, 'utf8').trim().slice(-500);
      throw new SystemCallError(this.layer.command, said, isMounted ? ended : timedOut);
    }
    const lower = (): void => {
      // Its program hears of closed files a moment later, and may itself have some open.
      if (!waitUntil(endLimitMs, () => isUnmounted(path))) throw new SystemCallError('umount2', path, busy);
      if (waitUntil(endLimitMs, () => hasEnded(child))) return;
      child.kill('SIGKILL');
      waitUntil(endLimitMs, () => hasEnded(child));
    };
    return { path, mounts: [path], lower };
  }

  #environment(directory: string, { at, environment }: LayerSeat): Record<string, string> {
    return {
      ...(process.env as Record<string, string>),
      ...environment,
      LOWER: join(directory, 'fuse'),
      STATE: join(directory, 'state'),
      AT: at,
    };
  }
}

/** Nobody turns the event loop here, so the process table is asked (proc(5), stat): gone, or dead and not waited for. */
function hasEnded({ pid }: ChildProcess): boolean {
  if (pid === undefined) return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const isDead = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    // A thread that outlives the first has its files open.
    return isDead && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

function isUnmounted(path: string): boolean {
  try {
    unmount(path);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'EBUSY') return false;
    throw error;
  }
}

function waitUntil(limitMs: number, done: () => boolean): boolean {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (done()) return true;
    if (performance.now() > deadline) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  }
}

export function directoryLayer(layer: Layer): StorageLayer | null {
  switch (layer.kind) {
    case 'overlay':
      return new Overlay(layer.volatile);
    case 'bind':
      return bind;
    case 'fuse':
      return new Fuse(layer);
    default:
      return null;
  }
}

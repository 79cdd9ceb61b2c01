/**
 * Processes by the mounts they have (mount_namespaces(7)). A program may throw away its environment, its session and its
 * parents; the mounts it was started with it keeps.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { ownMounts } from './own-mounts.js';
import { processIds } from './process-state.js';
import { killUntilGone } from './processes.js';

/** The descriptor on which a program started with `heldMounts` waits until its mounts are held; a pipe of Node's, both ways. */
export const mountsDescriptor = 4;

/** As `ownMounts`; the program, before it is one, waits until `HeldMounts` has got hold of them. */
export function heldMounts(): readonly string[] {
  const own = ownMounts();
  if (own.length === 0) return [];
  const wait = `echo >&${mountsDescriptor}; read -r _ <&${mountsDescriptor}; exec ${mountsDescriptor}>&-; exec "$@"`;
  return [...own, '/bin/sh', '-c', wait, 'sh'];
}

/**
 * The mounts of a child that was started with `heldMounts`; none where that is empty. While they are held the kernel gives
 * their number to no others: one that was looked up before and compared later may be somebody else's by then.
 */
export class HeldMounts {
  #namespace: number | null = null;

  private constructor() {}

  static of(child: ChildProcess): HeldMounts {
    const held = new HeldMounts();
    const line = child.stdio[mountsDescriptor] as Duplex | null | undefined;
    line?.on('error', () => line.destroy());
    line?.once('data', () => {
      held.#take(child.pid!);
      line.end('\n');
    });
    return held;
  }

  #take(pid: number): void {
    try {
      this.#namespace = openSync(`/proc/${pid}/ns/mnt`, 'r');
    } catch {
      // It was killed meanwhile, or is not ours to look at.
    }
  }

  /** Kills every process that has these mounts but those to spare, until none is left. Ours are nobody's mark. */
  killAll(spare?: (pid: number) => boolean): void {
    if (this.#namespace === null) return;
    const { dev, ino } = fstatSync(this.#namespace);
    if (isNamespace('self', dev, ino)) return;
    killUntilGone(
      () => processIds().filter((pid) => pid !== process.pid && isNamespace(pid, dev, ino)),
      spare,
    );
  }

  /** Lets go of them: what is mounted there is in use until then. */
  release(): void {
    if (this.#namespace !== null) closeSync(this.#namespace);
    this.#namespace = null;
  }
}

function isNamespace(pid: number | 'self', dev: number, ino: number): boolean {
  try {
    const own = statSync(`/proc/${pid}/ns/mnt`);
    return own.dev === dev && own.ino === ino;
  } catch {
    // Gone meanwhile, or not ours to look at.
    return false;
  }
}

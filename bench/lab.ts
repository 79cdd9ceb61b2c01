/**
 * Where a benchmark keeps what it makes: a run's space for mounts, processes and loop devices, and a folder in
 * memory for images and results, so that no disk of this machine is measured.
 *
 * Everything made is found again by the space's id: closing removes it whatever happened, and after a kill -9
 * `plugpull doctor --clean` and the next benchmark do.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cleanRun } from '../harness/state/clean.js';
import { isAlive, RunSpace, stateFolder } from '../harness/state/run-space.js';

/** Begins the name of every lab's folder in memory. Whether a lab is alive only its own state folder tells: others' are let be. */
function memoryPrefix(): string {
  return `plugpull-lab-${createHash('sha256').update(resolve(stateFolder())).digest('hex').slice(0, 8)}-`;
}

/** Where files are kept in memory. */
export function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

export class Lab {
  #number = 0;

  private constructor(
    readonly space: RunSpace,
    private readonly memory: string,
  ) {}

  static open(): Lab {
    const prefix = memoryPrefix();
    for (const name of readdirSync(memoryFolder())) {
      if (name.startsWith(prefix) && !isAlive(name.slice(prefix.length))) {
        rmSync(join(memoryFolder(), name), { recursive: true, force: true });
      }
    }
    const space = RunSpace.create();
    const memory = join(memoryFolder(), `${prefix}${space.id}`);
    mkdirSync(memory, { mode: 0o700 });
    return new Lab(space, memory);
  }

  /** A path in memory that nobody used yet. */
  path(name: string): string {
    return join(this.memory, `${name}-${this.#number++}`);
  }

  /** A new folder for a mount point or sockets. */
  folder(name: string): string {
    return this.space.newFolder(`${name}-${this.#number++}`);
  }

  /** What could not be removed. */
  close(): string[] {
    const { left } = cleanRun(this.space.id);
    rmSync(this.memory, { recursive: true, force: true });
    return left;
  }
}

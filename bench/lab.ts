/**
 * Where a benchmark keeps what it makes: a run's space for mounts, processes and loop devices, and a folder in
 * memory for images and results, so that no disk of this machine is measured.
 *
 * Everything made is found again by the space's id: closing removes it whatever happened, and after a kill -9
 * `plugpull doctor --clean` and the next benchmark do.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanRun } from '../harness/state/clean.js';
import { RunSpace } from '../harness/state/run-space.js';

const prefix = 'plugpull-bench-';

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
    for (const name of readdirSync(memoryFolder())) {
      if (name.startsWith(prefix) && !isRunning(name.slice(prefix.length))) {
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

/**
 * By the pid that its id begins with. All state folders share this memory, so whether the run is known in ours says
 * nothing; a pid that was given out again only keeps a dead one's folder for longer.
 */
function isRunning(id: string): boolean {
  return existsSync(`/proc/${Number.parseInt(id, 10)}`);
}

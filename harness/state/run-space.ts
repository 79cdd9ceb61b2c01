/**
 * Where a run keeps what it makes outside its results: mount points, sockets, temporary images.
 *
 * Everything is findable after a kill -9. Mounts and files lie inside the run's folder; loop devices carry the
 * run's label; every process we start has the run's mark in its environment. The folder with its owner's
 * identity is written before anything is made, and what is made is noted in `made.ndjson` first.
 */

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AttachingRun, Made } from '../attach/attaching-run.js';
import { makeNamedFolder } from '../verdict/make-folder.js';
import { processState } from './process-state.js';

/** The environment variable by which a run's processes are known. */
export const runMark = 'PLUGPULL_RUN';

export interface Owner {
  pid: number;
  /** Clock ticks since boot at which the process started (proc(5), field 22): pids are reused. */
  startTime: string;
}

export class RunSpace implements AttachingRun {
  readonly label: string;
  #number = 0;

  private constructor(
    readonly id: string,
    readonly folder: string,
  ) {
    this.label = loopLabel(id);
  }

  static create(): RunSpace {
    const id = `${process.pid}-${randomBytes(4).toString('hex')}`;
    const folder = join(stateFolder(), id);
    makeNamedFolder('PLUGPULL_STATE_DIR', folder, 0o700);
    claimFolder(folder);
    return new RunSpace(id, folder);
  }

  /** The space of a run by its folder, in a process that the run started. */
  static at(folder: string): RunSpace {
    return new RunSpace(folder.slice(folder.lastIndexOf('/') + 1), folder);
  }

  /** A new folder inside the run's, for a mount point or sockets. */
  newFolder(name: string): string {
    const path = join(this.folder, name);
    // Whoever comes too late must not bring back what was removed.
    if (!existsSync(this.folder)) throw new Error(`the run is over: ${this.folder} is gone`);
    // Closed by the run's own folder, unless that lets users pass.
    mkdirSync(path, { recursive: true, mode: 0o711 });
    return path;
  }

  /** Lets every user reach what lies in the run's folder by its name: for a workload or a server that is not root. */
  letUsersPass(): void {
    chmodSync(dirname(this.folder), 0o711);
    chmodSync(this.folder, 0o711);
  }

  /** For names that must not meet again within a run. */
  nextNumber(): number {
    return this.#number++;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Notes what is about to be made. */
  note(made: Made): void {
    appendFileSync(join(this.folder, 'made.ndjson'), `${JSON.stringify(made)}\n`);
  }

  /** The environment of every process the run starts. */
  get environment(): Record<string, string> {
    return { [runMark]: this.id };
  }
}

const nameOfRun = /^.*\/\d+-[0-9a-f]{8}(?=\/|$)/;

/** The folder of a run that a path lies in, or is, going by the name. */
export function runFolderNamed(path: string): string | null {
  return nameOfRun.exec(path)?.[0] ?? null;
}

/** The folder of the run that a path lies in, or is: known by its name, and by whose it is being noted there. */
export function runFolderOf(path: string): string | null {
  const folder = runFolderNamed(path);
  return folder !== null && existsSync(join(folder, ownerFile)) ? folder : null;
}

const rootsFolder = '/run/plugpull';
const ownerFile = 'owner.json';

/** Whether a folder can be written, or made. In a user namespace root is nobody to the rest of the machine. */
function canWriteIn(folder: string): boolean {
  try {
    accessSync(existsSync(folder) ? folder : dirname(folder), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Root's runs share one place, so that any later run finds what a killed one left. */
export function stateFolder(): string {
  const named = process.env.PLUGPULL_STATE_DIR;
  if (named) return named;
  if (process.getuid?.() === 0 && canWriteIn(rootsFolder)) return rootsFolder;
  return join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `plugpull-${process.getuid?.() ?? 'user'}`);
}

/** How the label of every loop device of ours begins. */
export const loopLabelPrefix = 'plugpull:';

export function loopLabel(runId: string): string {
  return `${loopLabelPrefix}${runId}`;
}

/** Ids of the runs that have a folder here. */
export function knownRuns(): string[] {
  try {
    return readdirSync(stateFolder(), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Those that this process made. */
export function ownRuns(): string[] {
  return knownRuns().filter(isOwn);
}

/** Whether this process made it, by its id. */
export function isOwn(runId: string): boolean {
  return runId.startsWith(`${process.pid}-`);
}

/** As long as a new run may take to note whose it is, on a machine that is busy. */
const longestClaimMs = 60_000;

/** Is the process that made this run still there? */
export function isAlive(runId: string): boolean {
  const folder = join(stateFolder(), runId);
  const owner = ownerOf(folder);
  if (owner !== null) return isThere(owner);
  // It was made just now, and its owner, whom its name tells, comes to note that next; or was killed before.
  return startTimeOf(Number.parseInt(runId, 10)) !== null && ageMs(folder) < longestClaimMs;
}

function ageMs(folder: string): number {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Notes in a folder that this process made it. */
export function claimFolder(folder: string): void {
  writeFileSync(join(folder, ownerFile), JSON.stringify(ownerOfThis()));
}

/** This process. */
export function ownerOfThis(): Owner {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
}

/** Who made a folder; null where that is not noted. */
export function ownerOf(folder: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(folder, ownerFile), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Is that process still there? */
export function isThere({ pid, startTime }: Owner): boolean {
  return startTimeOf(pid) === startTime;
}

function startTimeOf(pid: number): string | null {
  return processState(pid)?.startTime ?? null;
}

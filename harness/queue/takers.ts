/**
 * Who has a job, and what they said last: `takers/JOB/TAKER` in the store. A taker that ends in order takes its note away,
 * so the notes of those who are gone are the job's deaths.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isThere, type Owner, ownerOfThis } from '../state/run-space.js';
import type { Store } from './store.js';

/** So many deaths, and a job is not tried again. */
export const mostDeaths = 3;

/** A process, wherever it runs. */
export interface Taker extends Owner {
  worker: string;
  host: string;
  /** Process numbers mean something within one boot and one namespace only. */
  processes: string;
}

interface Note extends Taker {
  said: string;
  /** It is gone, and whoever started it says so. */
  ended: boolean;
}

export function thisTaker(worker: string): Taker {
  return { worker, host: hostname(), processes: processesHere(), ...ownerOfThis() };
}

function processesHere(): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
}

/** One taker's note of one job. */
export class TakerNote {
  readonly #path: string;

  constructor(
    store: Store,
    job: string,
    private readonly taker: Taker,
    nth: number,
  ) {
    const folder = folderOf(store, job);
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `${taker.worker}-${nth}`);
    this.say('it took the job');
  }

  say(said: string): void {
    this.#write({ ...this.taker, said, ended: false });
  }

  /** What did the job ended before it was done. */
  died(said: string): void {
    this.#write({ ...this.taker, said, ended: true });
  }

  takeAway(): void {
    rmSync(this.#path, { force: true });
  }

  #write(note: Note): void {
    writeFileSync(this.#path, JSON.stringify(note));
  }
}

/**
 * The last words of those who died over a job.
 * @param isPresent whether a worker of another machine has been heard of lately
 */
export async function deathsOver(
  store: Store,
  job: string,
  isPresent: (worker: string) => Promise<boolean>,
): Promise<string[]> {
  const deaths: string[] = [];
  const here = processesHere();
  for (const note of notesOf(store, job)) {
    const isGone = note.ended || (note.processes === here ? !isThere(note) : !(await isPresent(note.worker)));
    if (isGone) deaths.push(`${note.host}, process ${note.pid}: ${note.said}`);
  }
  return deaths;
}

/** So many have tried, alive or not. */
export function takersOf(store: Store, job: string): number {
  return notesOf(store, job).length;
}

/** Whoever asks again begins anew. */
export function forgetTakers(store: Store, job: string): void {
  rmSync(folderOf(store, job), { recursive: true, force: true });
}

function notesOf(store: Store, job: string): Note[] {
  const folder = folderOf(store, job);
  try {
    return readdirSync(folder)
      .sort()
      .flatMap((name) => {
        try {
          return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as Note];
        } catch {
          // It is being written, or was just taken away.
          return [];
        }
      });
  } catch {
    return [];
  }
}

function folderOf(store: Store, job: string): string {
  return join(store.folder, 'takers', job);
}

/**
 * The folder that whoever asks and the workers share (a local one, NFS or the like): traces and answers lie there, not in
 * Redis.
 *
 *     objects/ab/abcd...    bytes, named by their SHA-256
 *     answers/JOB           the object that answers a job
 *
 * Guarantees: what is read under a digest has that digest. An object and an answer are there whole or not at all, also
 * after a power cut. The first answer to a job stays, however many are given.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copyImage } from '../trace/copy-image.js';
import { UsageError } from '../verdict/errors.js';
import { digestOf } from './job.js';

export class Store {
  private constructor(readonly folder: string) {}

  /** @throws UsageError where nothing can be kept there */
  static open(path: string): Store {
    const store = new Store(resolve(path));
    try {
      // Not with what lies above it: below /proc Node would try that for ever.
      for (const name of ['', 'objects', 'answers', 'takers', 'new']) makeFolder(join(store.folder, name));
      rmSync(store.#written(''));
    } catch (error) {
      throw new UsageError(
        `--store: expected a folder that can be written to, shared by all workers; got ${path} (${(error as Error).message})`,
      );
    }
    return store;
  }

  /** @returns the digest by which it is found again */
  put(bytes: string | Uint8Array): string {
    const digest = digestOf(bytes);
    if (!existsSync(this.#pathOf(digest))) this.#keep(this.#written(bytes), digest);
    return digest;
  }

  /** The same for a file, holes and all. */
  async putFile(path: string): Promise<string> {
    const digest = digestOfFile(path);
    if (existsSync(this.#pathOf(digest))) return digest;
    const temporary = this.#newPath();
    await copyImage(path, temporary);
    sync(temporary);
    this.#keep(temporary, digest);
    return digest;
  }

  /** @throws Error where it is not there, or is not what its name says */
  read(digest: string): Buffer {
    const bytes = readFileSync(this.#pathOf(digest));
    if (digestOf(bytes) !== digest)
      throw new Error(`${this.#pathOf(digest)} was changed: its digest is another`);
    return bytes;
  }

  /** Copies an object's bytes to a file. */
  async fetch(digest: string, to: string): Promise<void> {
    mkdirSync(dirname(to), { recursive: true });
    await copyImage(this.#pathOf(digest), to);
    if (digestOfFile(to) !== digest)
      throw new Error(`${this.#pathOf(digest)} was changed: its digest is another`);
  }

  /** The digest of a job's answer; null while there is none. */
  answerTo(job: string): string | null {
    try {
      return readFileSync(join(this.folder, 'answers', job), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Says that an object answers a job, unless another one does. */
  answer(job: string, digest: string): void {
    const temporary = this.#written(digest);
    try {
      linkSync(temporary, join(this.folder, 'answers', job));
      sync(join(this.folder, 'answers'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(temporary);
    }
  }

  #pathOf(digest: string): string {
    return join(this.folder, 'objects', digest.slice(0, 2), digest);
  }

  #newPath(): string {
    return join(this.folder, 'new', randomBytes(8).toString('hex'));
  }

  #written(bytes: string | Uint8Array): string {
    const temporary = this.#newPath();
    writeFileSync(temporary, bytes, { flush: true });
    return temporary;
  }

  #keep(temporary: string, digest: string): void {
    const path = this.#pathOf(digest);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temporary, path);
    sync(dirname(path));
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const chunkBytes = 2 ** 20;

function digestOfFile(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(chunkBytes);
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk))
      hash.update(chunk.subarray(0, read));
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * How the recoverer hands its lane what it knows of a tree: by a file in the lane's folder. Each content lies in it once,
 * in pieces, so that a file that grows costs what it grew by; and each set of facts, as JSON that refers to them.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FileBytes } from '../../trace/file-bytes.js';
import { readAt } from '../../trace/read-at.js';
import { type FileFact, noFacts, type TreeFacts } from '../tree-facts.js';

const factsFile = 'tree-facts';
const chunkBytes = 16 * 1024;

/** Where something lies in the file. */
export type FactRange = [offset: number, length: number];

interface StoredFacts {
  looked: [path: string, fact: unknown][];
  /** `length` and the chunks of its data, each behind its place in the file, are of the content. */
  lookedInto: [path: string, fact: unknown, length: number, chunks: [at: number, range: FactRange][]][];
  xattrs: [path: string, fact: unknown][];
}

export class FactWriter {
  readonly #fd: number;
  #end = 0;
  readonly #known = new Map<string, FactRange>();

  constructor(folder: string) {
    this.#fd = openSync(join(folder, factsFile), 'w');
  }

  add({ looked, lookedInto, xattrs }: TreeFacts): FactRange {
    const stored: StoredFacts = {
      looked: [...looked],
      xattrs: [...xattrs],
      lookedInto: [...lookedInto].map(([path, fact]) =>
        'content' in fact
          ? [path, { entry: fact.entry }, fact.content.length, this.#chunks(fact.content)]
          : [path, fact, 0, []],
      ),
    };
    return this.#keep(Buffer.from(JSON.stringify(stored)));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #chunks(content: FileBytes): [at: number, range: FactRange][] {
    const chunks: [number, FactRange][] = [];
    for (const { offset, bytes } of content.ranges)
      for (let at = 0; at < bytes.length; at += chunkBytes)
        chunks.push([offset + at, this.#keep(bytes.subarray(at, at + chunkBytes))]);
    return chunks;
  }

  #keep(bytes: Buffer): FactRange {
    const digest = createHash('sha1').update(bytes).digest('base64');
    let range = this.#known.get(digest);
    if (!range) {
      range = [this.#end, bytes.length];
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#end + done);
      this.#end += bytes.length;
      this.#known.set(digest, range);
    }
    return range;
  }
}

export class FactReader {
  #fd: number | null = null;

  constructor(private readonly folder: string) {}

  /** The same range gives the same facts; contents are read when they are asked for. */
  read([offset, length]: FactRange): TreeFacts {
    const stored = JSON.parse(this.#bytes([offset, length]).toString()) as StoredFacts;
    const facts = noFacts();
    for (const [path, fact] of stored.looked)
      facts.looked.set(path, fact as ReturnType<TreeFacts['looked']['get']> & object);
    for (const [path, fact] of stored.xattrs)
      facts.xattrs.set(path, fact as ReturnType<TreeFacts['xattrs']['get']> & object);
    for (const [path, fact, size, chunks] of stored.lookedInto) {
      const { entry, error } = fact as { entry?: FileFact['entry']; error?: string };
      if (error !== undefined) facts.lookedInto.set(path, { error });
      else
        facts.lookedInto.set(path, {
          entry: entry!,
          content: new FileBytes(
            size,
            chunks.map(([offset, range]) => ({ offset, bytes: this.#bytes(range) })),
          ),
        });
    }
    return facts;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #bytes([offset, length]: FactRange): Buffer {
    this.#fd ??= openSync(join(this.folder, factsFile), 'r');
    const bytes = Buffer.allocUnsafe(length);
    if (readAt(this.#fd, bytes, offset) < length)
      throw new Error(`${factsFile} is shorter than it was said to be`);
    return bytes;
  }
}

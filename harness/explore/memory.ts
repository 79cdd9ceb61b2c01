import { createHash } from 'node:crypto';
import { blockwise, type CrashImage } from './crash-image.js';

/** One read of pristine data during a recovery: where, and a digest of what it gave. */
export interface ObservedRead {
  byteOffset: number;
  lengthBytes: number;
  digest: string;
}

interface MemoryNode<J> {
  /** Usually one: recovery reads in the same order every time. Background threads may swap two reads. */
  branches: { byteOffset: number; lengthBytes: number; next: Map<string, MemoryNode<J>> }[];
  /** What is known of the crash states that agree in all that was read up to here. */
  known: J[];
  /** The only recovery that came this far and further: what it read from position `at` on. Most go their way alone. */
  only: { reads: readonly ObservedRead[]; at: number; judgement: J } | null;
}

/** Where a search looks for crash states that are known, and notes those that are new. */
export interface Memory<J> {
  recall(image: CrashImage): J | undefined;
  remember(reads: readonly ObservedRead[], judgement: J): void;
}

/**
 * What recovery and the oracle said, by the contents of the blocks they read.
 *
 * Assumes that recovery and the checker are functions of what they read. Blocks that no operation of the recording touches are the same in every
 * crash state and are left out. The audit would notice a recovery that is not such a function.
 */
export class RecoveryMemory<J> implements Memory<J> {
  readonly #root: MemoryNode<J> = emptyNode();

  /**
   * Follows the remembered reads on a crash state that may still have undecided pieces; deciding them is the
   * same as when recovery itself reads. Undefined when this state was not seen before; the decisions made on
   * the way then stand, and the caller runs the real recovery with them.
   *
   * @param use what is made of something known; undefined when it is not enough
   */
  recall<T = J>(
    image: CrashImage,
    use: (known: J) => T | undefined = (known) => known as unknown as T,
  ): T | undefined {
    let node = this.#root;
    for (;;) {
      for (const known of node.known) {
        const enough = use(known);
        if (enough !== undefined) return enough;
      }
      if (node.only) {
        const { reads, at, judgement } = node.only;
        return readsAgree(image, reads, at) ? use(judgement) : undefined;
      }
      let next: MemoryNode<J> | undefined;
      for (const branch of node.branches) {
        next = branch.next.get(observe(image, branch.byteOffset, branch.lengthBytes).digest);
        if (next) break;
      }
      if (!next) return undefined;
      node = next;
    }
  }

  remember(reads: readonly ObservedRead[], judgement: J): void {
    let node = this.#root;
    for (let at = 0; ; at++) {
      if (node.branches.length === 0 && node.known.length === 0 && !node.only) {
        node.only = { reads, at, judgement };
        return;
      }
      if (node.only) {
        const { only } = node;
        node.only = null;
        const read = only.reads[only.at];
        if (read) childOf(node, read).only = { ...only, at: only.at + 1 };
        else node.known.push(only.judgement);
      }
      const read = reads[at];
      if (!read) break;
      node = childOf(node, read);
    }
    node.known.push(judgement);
  }
}

function emptyNode<J>(): MemoryNode<J> {
  return { branches: [], known: [], only: null };
}

/** Where the memory goes on behind a read; made if it is new. */
function childOf<J>(node: MemoryNode<J>, { byteOffset, lengthBytes, digest }: ObservedRead): MemoryNode<J> {
  let branch = node.branches.find(
    (branch) => branch.byteOffset === byteOffset && branch.lengthBytes === lengthBytes,
  );
  if (!branch) {
    branch = { byteOffset, lengthBytes, next: new Map() };
    node.branches.push(branch);
  }
  let child = branch.next.get(digest);
  if (!child) {
    child = emptyNode();
    branch.next.set(digest, child);
  }
  return child;
}

/**
 * A crash image that keeps a note of every read that can differ between crash states.
 *
 * Between `peek` and `peekNoMore` somebody looks around who must leave no trace: reads go to another image (the same
 * crash state with whatever is undecided taken for present) and into a list of their own.
 */
export class ObservedImage {
  readonly reads: ObservedRead[] = [];
  readonly peeks: ObservedRead[] = [];
  #isPeeking = false;
  /** How many of the reads were made until the file system was mounted. */
  #readsToMount = 0;
  #peeked: CrashImage | null = null;

  constructor(
    private readonly image: CrashImage,
    private readonly peekedImage: () => CrashImage = () => image,
  ) {}

  peek(): void {
    this.#peeked ??= this.peekedImage();
    this.#isPeeking = true;
  }

  peekNoMore(): void {
    this.#isPeeking = false;
  }

  /** From now on what is read is read to judge. */
  mounted(): void {
    this.#readsToMount = this.reads.length;
  }

  /** As if nothing had been read. */
  forget(): void {
    this.reads.length = 0;
    this.peeks.length = 0;
    this.#readsToMount = 0;
  }

  /**
   * Takes over what was read of another crash state up to now, as far as this one holds the same. Null where that cannot
   * be: until it was mounted, something else would have been read. What differs, or is not settled yet, is open: it has to
   * be read again.
   */
  takeOver(other: ObservedImage): OpenReads | null {
    for (const read of other.reads.slice(0, other.#readsToMount)) {
      const here = observe(this.image, read.byteOffset, read.lengthBytes);
      if (here.digest !== read.digest) {
        this.forget();
        return null;
      }
      this.reads.push(here);
    }
    this.mounted();
    const open = new OpenReads(this);
    for (const [list, reads] of [
      [other.reads.slice(other.#readsToMount), this.reads],
      [other.peeks, this.peeks],
    ] as const) {
      for (const read of list) {
        const here = this.image.settled(read.byteOffset, read.lengthBytes);
        if (!here || digestOf(here) !== read.digest) open.add(read, reads);
        // What somebody only looked at the kernel may use to answer whoever judges.
        else this.reads.push(read);
      }
    }
    open.begin();
    return open;
  }

  read(byteOffset: number, into: Buffer): void {
    const image = this.#isPeeking ? this.#peeked! : this.image;
    image.read(byteOffset, into);
    const noted = this.#isPeeking ? this.peeks : this.reads;
    for (const [offset, length] of blockwise(byteOffset, into.length)) {
      if (!this.image.isVariable(offset, length)) continue;
      const content = into.subarray(offset - byteOffset, offset - byteOffset + length);
      noted.push(observe(image, offset, length, content));
    }
  }
}

/** Blocks that have to be read again, each by whoever read it before. */
class OpenReads {
  readonly #open: { read: ObservedRead; by: readonly ObservedRead[] }[] = [];
  #begun = { reads: 0, peeks: 0 };

  constructor(private readonly image: Pick<ObservedImage, 'reads' | 'peeks'>) {}

  add(read: ObservedRead, by: readonly ObservedRead[]): void {
    this.#open.push({ read, by });
  }

  begin(): void {
    this.#begun = { reads: this.image.reads.length, peeks: this.image.peeks.length };
  }

  /** Whether all of them were read since. */
  isClosed(): boolean {
    const { reads, peeks } = this.image;
    const placeOf = ({ byteOffset, lengthBytes }: ObservedRead): string => `${byteOffset} ${lengthBytes}`;
    const judged = new Set(reads.slice(this.#begun.reads).map(placeOf));
    const seen = new Set([...judged, ...peeks.slice(this.#begun.peeks).map(placeOf)]);
    return this.#open.every(({ read, by }) => (by === reads ? judged : seen).has(placeOf(read)));
  }
}

/** Would these reads, from position `from` on, give the same on another crash state? */
export function readsAgree(image: CrashImage, reads: readonly ObservedRead[], from = 0): boolean {
  for (let at = from; at < reads.length; at++) {
    const { byteOffset, lengthBytes, digest } = reads[at]!;
    if (observe(image, byteOffset, lengthBytes).digest !== digest) return false;
  }
  return true;
}

/**
 * Reads of what one operation, or the base image, holds alone, by where they begin: a journal is read again by each
 * recovery, and most of it is the same each time.
 */
const observed = new WeakMap<object, Map<number, ObservedRead>>();

/** What reading a range within one block gives; decides what recovery would decide by reading it. */
function observe(image: CrashImage, byteOffset: number, lengthBytes: number, content?: Buffer): ObservedRead {
  const source = image.sourceOf(byteOffset, lengthBytes);
  const known = source && observed.get(source)?.get(byteOffset);
  if (known?.lengthBytes === lengthBytes) return known;
  let bytes = content;
  if (!bytes) {
    bytes = Buffer.allocUnsafe(lengthBytes);
    image.read(byteOffset, bytes);
  }
  const digest = digestOf(bytes);
  const read = { byteOffset, lengthBytes, digest };
  if (source) {
    const reads = observed.get(source) ?? new Map<number, ObservedRead>();
    observed.set(source, reads.set(byteOffset, read));
  }
  return read;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}

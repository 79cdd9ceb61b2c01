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
  readonly #root: MemoryNode<J> = { branches: [], known: [] };

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
      let next: MemoryNode<J> | undefined;
      for (const branch of node.branches) {
        next = branch.next.get(digestOf(image, branch.byteOffset, branch.lengthBytes));
        if (next) break;
      }
      if (!next) return undefined;
      node = next;
    }
  }

  remember(reads: readonly ObservedRead[], judgement: J): void {
    let node = this.#root;
    for (const read of reads) {
      let branch = node.branches.find(
        ({ byteOffset, lengthBytes }) => byteOffset === read.byteOffset && lengthBytes === read.lengthBytes,
      );
      if (!branch) {
        branch = { byteOffset: read.byteOffset, lengthBytes: read.lengthBytes, next: new Map() };
        node.branches.push(branch);
      }
      let next = branch.next.get(read.digest);
      if (!next) {
        next = { branches: [], known: [] };
        branch.next.set(read.digest, next);
      }
      node = next;
    }
    node.known.push(judgement);
  }
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

  read(byteOffset: number, into: Buffer): void {
    const image = this.#isPeeking ? this.#peeked! : this.image;
    image.read(byteOffset, into);
    const noted = this.#isPeeking ? this.peeks : this.reads;
    for (const [offset, length] of blockwise(byteOffset, into.length)) {
      if (!this.image.isVariable(offset, length)) continue;
      const content = into.subarray(offset - byteOffset, offset - byteOffset + length);
      noted.push({ byteOffset: offset, lengthBytes: length, digest: digest(content) });
    }
  }
}

/** Would these reads give the same on another crash state? */
export function readsAgree(image: CrashImage, reads: readonly ObservedRead[]): boolean {
  return reads.every(
    ({ byteOffset, lengthBytes, digest }) => digestOf(image, byteOffset, lengthBytes) === digest,
  );
}

function digestOf(image: CrashImage, byteOffset: number, lengthBytes: number): string {
  const content = Buffer.allocUnsafe(lengthBytes);
  image.read(byteOffset, content);
  return digest(content);
}

function digest(content: Buffer): string {
  return createHash('sha1').update(content).digest('base64');
}

/**
 * Visits every crash state of one crash point by lazy decisions.
 *
 * Assumes: recovery reads the disk only through the image it is given.
 * Guarantees: the leaves' decision lists are mutually exclusive and, once `next` has returned null, cover
 * every subset of the pending pieces exactly once (below the forced prefix). That holds in whatever order
 * recovery reads, because a leaf is the set of its decisions: flipping the last one that was `present` opens
 * precisely the subsets that no earlier leaf covered.
 * What can go wrong: recovery throws; the search then stops where it is, and covers only what it returned.
 */
import type { CrashImage } from './crash-image.js';
import { type Decider, type Decision, LazyDecisions, peeking } from './decisions.js';
import { type Memory, ObservedImage } from './memory.js';

/** Recovers from a crash state, judges what is there, and reads nothing but `image`. */
export type Recover<J> = (image: ObservedImage) => J;

/** A set of crash states that recovery cannot tell apart, and its judgement. */
export interface Leaf<J> {
  decisions: Decision[];
  /** How many of them were forced; from there on they were made by this leaf, which is the first below them. */
  forced: number;
  judgement: J;
  /** Known from an earlier recovery that read the same contents; no recovery was run. */
  remembered: boolean;
}

export class PointSearch<J, D extends LazyDecisions = LazyDecisions> {
  /** Decisions of the next run; null when all is done. */
  #stack: (Decision & { given?: boolean })[] | null;
  readonly #prefixLength: number;

  constructor(
    private readonly options: {
      /** The crash point's image under the given decisions. */
      imageFor: (decider: Decider) => CrashImage;
      /** Explore only the states that agree with these decisions. */
      prefix: readonly Decision[];
      recover: Recover<J>;
      memory: Memory<J>;
      /** Decisions under the forced ones; without it, about whole writes or whatever the pieces are. */
      decide?: ((forced: readonly Decision[]) => D) | undefined;
    },
  ) {
    this.#stack = [...options.prefix];
    this.#prefixLength = options.prefix.length;
  }

  get isDone(): boolean {
    return this.#stack === null;
  }

  next(): (Leaf<J> & { made: D }) | null {
    if (!this.#stack) return null;
    const { imageFor, recover, memory, decide = (forced) => new LazyDecisions(forced) as D } = this.options;
    const forced = this.#stack.length;
    const decisions = decide(this.#stack);
    const image = imageFor(decisions);
    let judgement = memory.recall(image);
    const remembered = judgement !== undefined;
    if (judgement === undefined) {
      const observed = new ObservedImage(image, () => imageFor(peeking(decisions)));
      judgement = recover(observed);
      memory.remember(observed.reads, judgement);
    }
    const leaf = { decisions: decisions.path, forced, judgement, remembered, made: decisions };
    this.#backtrack(decisions.path);
    return leaf;
  }

  /**
   * Gives the largest unvisited part of this search away: the decisions under which somebody else explores.
   * Null when there is nothing worth giving.
   */
  donate(): Decision[] | null {
    if (!this.#stack) return null;
    for (let i = this.#prefixLength; i < this.#stack.length - 1; i++) {
      const decision = this.#stack[i]!;
      if (!decision.present || decision.given) continue;
      this.#stack[i] = { ...decision, given: true };
      return [...this.#stack.slice(0, i), decision].map(({ piece, present }, position) => ({
        piece,
        present: position === i ? false : present,
      }));
    }
    return null;
  }

  #backtrack(path: readonly Decision[]): void {
    // What was given away stays marked: its other half is somebody else's.
    const stack = path.map((decision, i) => ({ ...decision, given: this.#stack?.[i]?.given ?? false }));
    while (stack.length > this.#prefixLength) {
      const last = stack.at(-1)!;
      if (last.present && !last.given) {
        last.present = false;
        this.#stack = stack;
        return;
      }
      stack.pop();
    }
    this.#stack = null;
  }
}

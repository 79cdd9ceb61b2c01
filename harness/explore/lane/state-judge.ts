import { checkTree } from '../../judge/check-tree.js';
import type { Problem } from '../../judge/judgement.js';
import type { Obligation } from '../../judge/obligation.js';
import { obligationsAfter } from '../../judge/obligations.js';
import { promiseOf } from '../../judge/promise.js';
import type { RecoveredTree } from '../../judge/recovered-tree.js';
import type { TreeEntry } from '../../trace/events.js';
import type { Trace } from '../../trace/trace.js';

/** Judges recovered directories by a trace's promises; what it looked up once it keeps. */
export class StateJudge {
  readonly #contents = new Map<TreeEntry, Buffer>();
  readonly #obligations = new Map<number, Obligation[]>();

  constructor(private readonly trace: Trace) {}

  /** @param acks how many were given before the power was cut */
  problems(tree: RecoveredTree, acks: number): Problem[] {
    return checkTree(tree, this.#obligationsAfter(acks), (entry) => this.#contentOf(entry));
  }

  /** The texts of those acks, for a checker. */
  ackTexts(acks: number): string[] {
    return this.trace.acks.slice(0, acks).map(({ text }) => text);
  }

  #obligationsAfter(acks: number): Obligation[] {
    let list = this.#obligations.get(acks);
    if (!list) {
      list = obligationsAfter(this.trace, acks, promiseOf(this.trace.manifest.scenario));
      this.#obligations.set(acks, list);
    }
    return list;
  }

  #contentOf(entry: TreeEntry): Buffer {
    let content = this.#contents.get(entry);
    if (!content) {
      content = this.trace.content(entry);
      this.#contents.set(entry, content);
    }
    return content;
  }
}

/** Breaches by a storage as findings of a run: each once, whichever trees and rules show it. */

import type { CrashPoint } from '../../explore/crash-points.js';
import type { RecoveredTree, SeenState } from '../../explore/recovered-trees.js';
import type { OwedBreach } from '../../promise/owed-breach.js';
import type { OwedRules } from '../../promise/owed-rules.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { displayPath } from '../../syscalls/byte-path.js';
import type { Trace } from '../../trace/trace.js';
import type { Finding } from '../../verdict/finding.js';
import { worst } from '../../verdict/outcome.js';
import { foundText } from './found-text.js';
import type { JudgedTrace } from './judged-trace.js';
import { keepStates } from './keep-states.js';

const rulesWords: Record<OwedRules, string> = {
  posix: 'what a call that returned owes by POSIX survives every crash after it',
  linux: "what the kernel's own tests ask of its file systems beyond POSIX",
};

export class OwedFindings {
  readonly #seen = new Set<string>();
  readonly #states = new Map<string, SeenState>();

  constructor(
    private readonly judged: JudgedTrace,
    private readonly trace: Trace,
    private readonly points: readonly CrashPoint[],
    private readonly about: { storage: string; runFolder: string; mostListed: number },
  ) {}

  add(breach: OwedBreach, tree: RecoveredTree, state: SeenState): void {
    const key = JSON.stringify([breach.rules, breach.path, breach.fault, breach.call?.index ?? null]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.judged.outcome = worst([this.judged.outcome, 'violation']);
    if (this.judged.findings.length >= this.about.mostListed) {
      this.judged.unlisted++;
      return;
    }
    const id = `F${this.judged.findings.length + 1}`;
    this.judged.findings.push(this.#finding(id, breach, tree, state));
    this.#states.set(id, state);
  }

  /** Crash states become mountable by the findings' names. */
  keep(): void {
    if (this.#states.size > 0) keepStates(this.about.runFolder, this.#states);
  }

  #finding(
    id: string,
    { rules, path, call, text }: OwedBreach,
    tree: RecoveredTree,
    state: SeenState,
  ): Finding {
    const { storage, runFolder } = this.about;
    const point = this.points[state.point]!;
    const ack = this.trace.acks[point.acks - 1]?.text;
    return {
      id,
      kind: 'durability',
      evidence: 'observed',
      masked: false,
      model: rules,
      storage,
      promise: `owed by the storage: ${rulesWords[rules]}`,
      paths: [displayPath(path)],
      lost: [`${displayPath(path)}: found ${foundText(tree, path)}`],
      property: `${storage} ${text}`,
      crash_point: {
        log_index: point.logIndex,
        reason: point.reason,
        acks: point.acks,
        ...(ack === undefined ? {} : { last_ack: ack }),
      },
      cause: call
        ? [
            {
              syscall: call.call.name,
              args: call.title.replace(/^[^(]*\((.*)\)$/s, '$1'),
              at: `call ${call.index + 1}`,
            },
          ]
        : [],
      fix: 'the storage is at fault, not the program: look for a disk that lies, barriers switched off, or a known bug of this kernel',
      reproduce: `plugpull mount ${shellQuote(runFolder)} ${id}`,
    };
  }
}

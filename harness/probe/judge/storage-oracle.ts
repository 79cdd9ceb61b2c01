/**
 * What a storage owes at a crash point of a workload, asked of what was found there: what the calls that returned owe,
 * that it mounts, that no file shows bytes that nobody wrote, that the directory can be used again.
 */
import { createHash } from 'node:crypto';
import { Content } from '../../model/content.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { FoundTree } from '../../promise/owed.js';
import { OwedJudge } from '../../promise/owed.js';
import type { OwedRules } from '../../promise/owed-rules.js';
import { type BytePath, displayPath } from '../../syscalls/byte-path.js';
import type { CallHistory } from '../executor/call-history.js';
import type { FoundNode } from '../resident/messages.js';
import { staleByte } from '../workload/bytes.js';

/** What a recovery ended in. */
export interface FoundState {
  /** Equal for equal states. */
  digest: string;
  /** null: it does not mount. */
  tree: FoundTree | null;
  error: string | null;
  unusable: string | null;
  /** What its checker found wrong. */
  damage: string | null;
  /** A file in which somebody reads what nobody wrote. */
  stale: BytePath | null;
}

export interface Breach {
  /** The texts, or the kernel's own tests. */
  rules: OwedRules;
  /** What kind of thing was not kept: findings of one kind have one cause, or few. */
  kind: string;
  text: string;
  /** Which operation of the body owed it; null when it is wrong whatever was called. */
  operation: number | null;
}

export interface Verdict {
  breach: Breach | null;
  undecided: boolean;
}

export function foundState(
  nodes: readonly FoundNode[] | null,
  error: string | null,
  unusable: string | null,
  damage: string | null = null,
): FoundState {
  const digest = createHash('sha1')
    .update(JSON.stringify([nodes, error, unusable, damage]))
    .digest('base64');
  if (!nodes) return { digest, tree: null, error, unusable, damage, stale: null };
  const tree = treeOf(nodes);
  const stale = [...tree.nodes].find(([, { content }]) => content && hasStale(content));
  return { digest, tree, error, unusable, damage, stale: stale?.[0] ?? null };
}

function hasStale(content: Content): boolean {
  return content.bytes().includes(staleByte);
}

export function treeOf(found: readonly FoundNode[]): FoundTree {
  const nodes: DirectoryTree = new Map();
  const unreadable = new Map<BytePath, string>();
  for (const { path, kind, identity, mode, uid, gid, xattrs, content, target, error } of found) {
    if (error !== undefined) unreadable.set(path, error);
    nodes.set(path, {
      kind,
      identity,
      mode,
      owner: { uid, gid },
      xattrs,
      content: content === undefined || content === null ? null : Content.of(Buffer.from(content, 'base64')),
      target: target ?? null,
    });
  }
  return { nodes, unreadable };
}

export class StorageOracle {
  readonly #judge: OwedJudge;
  readonly #known = new Map<string, Verdict>();

  constructor(private readonly calls: CallHistory) {
    this.#judge = new OwedJudge(calls.history, 'linux');
  }

  /** @param begun how many operations of the body had begun @param returned how many had returned */
  judge(found: FoundState, { begun, returned }: { begun: number; returned: number }): Verdict {
    const key = `${found.digest} ${begun} ${returned}`;
    let verdict = this.#known.get(key);
    if (!verdict) {
      verdict = this.#ask(found, begun, returned);
      this.#known.set(key, verdict);
    }
    return verdict;
  }

  #ask({ tree, error, unusable, damage, stale }: FoundState, begun: number, returned: number): Verdict {
    const { before } = this.calls;
    if (!tree) return told('posix', 'does not mount', `does not mount after the crash: ${error}`);
    const moment = { begun: before[begun]!, returned: before[returned]! };
    const { breach, undecided } = this.#judge.judge(tree, moment);
    if (breach) {
      const { rules, fault, call, text } = breach;
      const operation = call === null ? null : this.#operationAt(call.enter);
      const kind = call === null ? fault : `${call.call.name}: ${fault}`;
      return { breach: { rules, kind, text, operation }, undecided: false };
    }
    if (stale !== null)
      return told('linux', 'foreign bytes', `shows bytes in ${displayPath(stale)} that nobody wrote there`);
    if (unusable !== null)
      return told('linux', 'cannot be used again', `leaves a directory that cannot be used: ${unusable}`);
    if (damage !== null) return told('linux', 'fsck', `leaves damage: ${damage}`);
    return { breach: null, undecided };
  }

  #operationAt(position: number): number {
    return this.calls.before.findLastIndex((before) => before <= position);
  }
}

function told(rules: OwedRules, kind: string, text: string): Verdict {
  return { breach: { rules, kind, text, operation: null }, undecided: false };
}

/**
 * What a storage owes at a crash point of a workload, asked of what was found there: what the calls that returned owe,
 * that it mounts, that no file shows bytes that nobody wrote, that the directory can be used again.
 */
import { createHash } from 'node:crypto';
import { Content } from '../../model/content.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import { type FoundTree, type OwedAnswer, OwedJudge } from '../../promise/owed.js';
import { type OwedBreach, owedBreach } from '../../promise/owed-breach.js';
import type { BytePath } from '../../syscalls/byte-path.js';
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
  readonly #known = new Map<string, OwedAnswer>();

  constructor(private readonly calls: CallHistory) {
    this.#judge = new OwedJudge(calls.history, 'linux');
  }

  /** @param begun how many operations of the body had begun @param returned how many had returned */
  judge(found: FoundState, { begun, returned }: { begun: number; returned: number }): OwedAnswer {
    const key = `${found.digest} ${begun} ${returned}`;
    let verdict = this.#known.get(key);
    if (!verdict) {
      verdict = this.#ask(found, begun, returned);
      this.#known.set(key, verdict);
    }
    return verdict;
  }

  #ask({ tree, error, unusable, damage, stale }: FoundState, begun: number, returned: number): OwedAnswer {
    const { before } = this.calls;
    if (!tree) return told(owedBreach('posix', { fault: 'unmountable' }, error ?? ''));
    const moment = { begun: before[begun]!, returned: before[returned]! };
    const owed = this.#judge.judge(tree, moment);
    if (owed.breach) return owed;
    if (stale !== null) return told(owedBreach('linux', { path: stale, fault: 'foreign_bytes' }));
    if (unusable !== null) return told(owedBreach('linux', { fault: 'unusable' }, unusable));
    if (damage !== null) return told(owedBreach('linux', { fault: 'damage' }, damage));
    return owed;
  }
}

function told(breach: OwedBreach): OwedAnswer {
  return { breach, undecided: false };
}

import type { Stuck, TreeEmptying } from '../../harness/explore/lane/tree-emptying.js';
import type { TreeWalk } from '../../harness/explore/lane/tree-look.js';
import type { SeenNode } from '../../harness/explore/recovered-trees.js';
import { contentOf, type SentContent } from '../machine/sent-content.js';
import type { SyncAgent } from './sync-agent.js';

/** `bytes`: a content's own, the first time it is met; `content` is its digest. */
type SightedNode = SeenNode & { bytes?: SentContent };

/**
 * Walks trees that are mounted in a guest, like tree-walk.ts on the host.
 *
 * @param session names the store that contents are kept in: they are handed over once a session
 */
export function guestWalk(agent: SyncAgent, session: string): TreeWalk {
  return (root, { entries, bytes: size }, store) => {
    const nodes = agent.call<SightedNode[] | null>('see', { root, session, entries, size });
    return (
      nodes?.map(({ bytes, ...node }) => {
        if (bytes !== undefined) store.keepContent(contentOf(bytes), node.content);
        return node;
      }) ?? null
    );
  };
}

/** Empties them, like tree-emptying.ts on the host. */
export function guestEmptying(agent: SyncAgent): TreeEmptying {
  return (root) => agent.call<Stuck | null>('empty', { root });
}

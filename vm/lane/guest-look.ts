/** Looks at all of a recovered directory tree in a guest, like tree-look.ts on the host. */
import type { LookLimits, Seen } from '../../harness/explore/lane/recovery-messages.js';
import { TreeStore } from '../../harness/explore/lane/tree-store.js';
import type { SeenNode } from '../../harness/explore/recovered-trees.js';
import type { SyncAgent } from './sync-agent.js';

/** `bytes`: a content's own, base64, the first time it is met; `content` is its digest. */
type SightedNode = SeenNode & { bytes?: string };

export class GuestLook {
  readonly #store: TreeStore;
  #leftMs: number;

  /** @param folder the lane's */
  constructor(
    private readonly agent: SyncAgent,
    private readonly folder: string,
    private readonly limits: LookLimits,
  ) {
    this.#store = new TreeStore(folder);
    this.#leftMs = limits.totalMs;
  }

  /** @param root where the file system is mounted in the guest */
  look(root: string): Seen {
    if (this.#leftMs <= 0) return { tree: null };
    const started = performance.now();
    const { entries, bytes: size } = this.limits;
    const nodes = this.agent.call<SightedNode[] | null>('see', { root, session: this.folder, entries, size });
    this.#leftMs -= performance.now() - started;
    if (nodes === null) return { tree: null };
    return this.#store.keepTree(
      nodes.map(({ bytes, ...node }) => {
        if (bytes !== undefined) this.#store.keepContent(Buffer.from(bytes, 'base64'));
        return node;
      }),
    );
  }
}

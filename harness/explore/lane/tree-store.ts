/** Where a lane writes down the trees it saw: each distinct tree, and each distinct content, once. */
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../../model/content.js';
import type { FileBytes } from '../../trace/file-bytes.js';
import {
  type ContentRange,
  contentsFile,
  type SeenNode,
  type SeenTree,
  type StoredContent,
  treesFile,
} from '../recovered-trees.js';
import type { Seen } from './recovery-messages.js';
import type { Stuck } from './tree-emptying.js';

export class TreeStore {
  readonly #treesPath: string;
  readonly #contents: number;
  #contentsEnd = 0;
  /** Where each content lies, by its digest. */
  readonly #stored = new Map<string, StoredContent>();
  readonly #known = new Set<string>();

  /** @param folder the lane's; holds `trees.ndjson` and `tree-contents` from now on */
  constructor(folder: string) {
    this.#treesPath = join(folder, treesFile);
    this.#contents = openSync(join(folder, contentsFile), 'w');
  }

  /**
   * Keeps a content, for nodes to refer to by the digest that comes back.
   *
   * @param digest the same for the same bytes, wherever its holes are
   */
  keepContent(content: FileBytes, digest = Content.of(content).digest()): string {
    if (this.#stored.has(digest)) return digest;
    const ranges: ContentRange[] = [];
    for (const { offset, bytes } of content.ranges) {
      ranges.push([offset, this.#contentsEnd, bytes.length]);
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#contents, bytes, done, bytes.length - done, this.#contentsEnd + done);
      this.#contentsEnd += bytes.length;
    }
    this.#stored.set(digest, { size: content.length, ranges });
    return digest;
  }

  close(): void {
    closeSync(this.#contents);
  }

  /** Keeps a tree whose contents are all kept. */
  keepTree(nodes: SeenNode[], stuck: Stuck | null): Seen {
    const digest = createHash('sha1')
      .update(JSON.stringify([nodes, stuck]))
      .digest('hex');
    if (this.#known.has(digest)) return { tree: digest };
    this.#known.add(digest);
    const contents: SeenTree['contents'] = {};
    for (const { content } of nodes)
      if (content !== undefined) contents[content] = this.#stored.get(content)!;
    const tree: SeenTree = { digest, nodes, contents, ...(stuck ? { stuck } : {}) };
    appendFileSync(this.#treesPath, `${JSON.stringify(tree)}\n`);
    return { tree: digest };
  }
}

import { createHash } from 'node:crypto';
import { Content } from '../../model/content.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { Durability } from '../../model/durability.js';
import type { Effect } from '../../model/effect.js';
import type { History } from '../../model/history.js';
import type { Inode } from '../../model/inode.js';
import type { BytePath } from '../../syscalls/byte-path.js';
import type { Choice } from './choices.js';
import { CrashContents, unitsByEffect } from './contents.js';
import type { UnitSet } from './units.js';

/**
 * Builds the directory trees that crashes at one position leave: what is durable there plus the units chosen, applied
 * in the order in which they happened. What several choices share is built once.
 */
export class CrashTrees {
  private readonly effectsOf = new Map<Inode, Effect[]>();
  private readonly unitsOf: ReadonlyMap<number, number[]>;
  private readonly contents = new Map<Inode, CrashContents>();

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly position: number,
    private readonly set: UnitSet,
  ) {
    for (const effect of history.effects) {
      if (effect.at >= position) break;
      if (effect.kind !== 'entry') append(this.effectsOf, effect.inode, effect);
    }
    this.unitsOf = unitsByEffect(set);
  }

  tree(choice: Choice): DirectoryTree {
    const entries = this.entriesOf(choice);
    const tree: DirectoryTree = new Map();
    const above = new Set<Inode>();
    const visit = (path: BytePath, inode: Inode): void => {
      // A directory rename that half happened may close a circle; a file system's repair would cut it here.
      if (above.has(inode)) return;
      tree.set(path, {
        kind: inode.kind,
        identity: inode.id,
        // Mode and owner as they are at the end: a server insists on them, and judging has claims of its own for them.
        mode: inode.mode,
        ...(inode.owner ? { owner: inode.owner } : {}),
        content: inode.kind === 'file' ? this.contentOf(inode, choice) : null,
        target: inode.target,
      });
      const children = entries.get(inode);
      if (!children) return;
      above.add(inode);
      for (const name of [...children.keys()].sort()) {
        visit(path === '' ? name : `${path}/${name}`, children.get(name)!);
      }
      above.delete(inode);
    };
    visit('', this.history.root);
    return tree;
  }

  contentOf(inode: Inode, choice: Choice): Content {
    const effects = this.effectsOf.get(inode);
    // The same for all crash points, so that its digest is made once.
    if (!effects && inode.initial) return inode.initial;
    let contents = this.contents.get(inode);
    if (!contents) {
      const before = inode.initial ?? new Content();
      contents = new CrashContents(before, effects ?? [], this.durable, this.position, this.set);
      this.contents.set(inode, contents);
    }
    return contents.of(choice);
  }

  /** Equal for trees that nobody could tell apart by names, kinds, bytes and hard links. */
  digest(tree: DirectoryTree): string {
    const hash = createHash('sha1');
    const first = new Map<string | number, BytePath>();
    for (const [path, node] of tree) {
      hash.update(`${path}\0${node.kind}\0${node.target ?? ''}\0`);
      if (!node.content) continue;
      const partner = first.get(node.identity);
      if (partner === undefined) first.set(node.identity, path);
      hash.update(`${partner ?? ''}\0${digestOf(node.content)}\0`);
    }
    return hash.digest('hex');
  }

  private entriesOf(choice: Choice): Map<Inode, Map<BytePath, Inode>> {
    const entries = new Map<Inode, Map<BytePath, Inode>>();
    for (const inode of this.history.inodes) {
      if (inode.initialEntries.size > 0) entries.set(inode, new Map(inode.initialEntries));
    }
    for (const effect of this.history.effects) {
      if (effect.at >= this.position) break;
      if (effect.kind !== 'entry' || !this.survives(effect, choice)) continue;
      let names = entries.get(effect.inode);
      if (!names) {
        names = new Map();
        entries.set(effect.inode, names);
      }
      if (effect.to) names.set(effect.name, effect.to);
      else names.delete(effect.name);
    }
    return entries;
  }

  private survives(effect: Effect, choice: Choice): boolean {
    if (this.isDurable(effect)) return true;
    return (this.unitsOf.get(effect.id) ?? []).some((index) => choice[index]);
  }

  private isDurable(effect: Effect): boolean {
    return this.durable.since[effect.id]! < this.position;
  }
}

/** Contents of crash states do not change any more. */
const digests = new WeakMap<Content, string>();

function digestOf(content: Content): string {
  let digest = digests.get(content);
  if (digest === undefined) {
    digest = content.digest();
    digests.set(content, digest);
  }
  return digest;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

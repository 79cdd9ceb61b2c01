import type { EntryEffect } from '../../model/effect.js';
import type { Inode } from '../../model/inode.js';
import type { View } from '../../model/view.js';
import { isIgnored, isNamed } from '../../promise/globs.js';
import type { Law } from '../../promise/law.js';
import { endOfLinks, type LookedAt, thingOf } from '../../promise/links.js';
import { isKept, type Promised, staysGone } from '../../promise/promises.js';
import { type BytePath, displayPath, toBytePath } from '../../syscalls/byte-path.js';
import type { EffectTrail } from './effect-trail.js';

/** Which files and names a promise is about, as they are to be seen at a moment: the view's. */
export class OwedPaths {
  private readonly namedFiles: readonly string[];
  /** The last change of any name that a directory has or had. */
  private readonly named = new Map<Inode, EntryEffect>();

  constructor(
    private readonly root: Inode,
    private readonly view: View,
    private readonly trail: EffectTrail,
    /** With the files that links led to at the last ack. */
    private promises: Promised,
    private readonly law: Law,
  ) {
    this.namedFiles = promises.files;
  }

  /** To be told of each change of a name. */
  note(effect: EntryEffect): void {
    for (const inode of [effect.from, effect.to])
      if (inode?.kind === 'directory') this.named.set(inode, effect);
  }

  isKept(path: string): boolean {
    return isKept(path, this.promises);
  }

  /** What is read through a promised link at an ack is owed by its own name, and so is each link on the way. */
  followLinks(): void {
    const { linked } = this.promises;
    if (!linked || linked.files.length === 0) return;
    const files = new Set(this.namedFiles);
    for (const link of linked.files) {
      const passed: string[] = [];
      const look = (path: string): LookedAt => {
        const inode = this.view.at(toBytePath(path));
        if (inode?.kind === 'symlink') passed.push(path);
        return inode ? thingOf(inode) : undefined;
      };
      const end = endOfLinks(link, look, linked.rootPath);
      if (end === null || !this.view.at(toBytePath(end))) continue;
      for (const path of [...passed, end]) files.add(path);
    }
    this.promises = { ...this.promises, files: [...files] };
  }

  /** The path under which a file is owed now, or null. */
  ofFile(inode: Inode): string | null {
    if (inode === this.root) return null;
    for (const path of this.view.paths(inode)) {
      const shown = displayPath(path);
      if (isKept(shown, this.promises)) return shown;
    }
    return null;
  }

  /** The path of a name that is owed with what it leads to, or null. */
  ofEntry(directory: Inode, name: BytePath, to: Inode): string | null {
    if (!this.law.owed[to.kind === 'special' ? 'other' : to.kind].has('name')) return null;
    const path = this.ofName(directory, name);
    return path !== null && this.leadsToOwed(path, to) ? path : null;
  }

  /** Whether what a path leads to is owed, or something in it. */
  leadsToOwed(path: string, to: Inode): boolean {
    if (isIgnored(path, this.promises.ignore)) return false;
    return this.promises.snapshot || this.leadsToNamed(path, to, 0);
  }

  /** The path of a name that is gone and has to stay so, as long as what it stood in is not gone for good. */
  ofRemoval(directory: Inode, removal: EntryEffect, position: number): string | null {
    if (!this.law.removalsKept || this.promises.gone.length === 0) return null;
    const above = this.named.get(directory);
    if (above && !this.view.reachable(directory) && this.trail.isDurableAt(above, position)) return null;
    const path = displayPath(removal.path === '.' ? removal.name : `${removal.path}/${removal.name}`);
    return this.goneIn(path, removal.from, 0);
  }

  /** A path that has to stay gone: this, or one below it, which would be back with its directory. */
  private goneIn(path: string, inode: Inode | null, depth: number): string | null {
    if (staysGone(path, this.promises)) return path;
    if (inode?.kind !== 'directory' || depth > 64) return null;
    for (const [name, children] of this.trail.names.everIn(inode)) {
      for (const child of children) {
        const below = this.goneIn(`${path}/${displayPath(name)}`, child, depth + 1);
        if (below !== null) return below;
      }
    }
    return null;
  }

  /** The path of a name in a directory that can be reached. */
  ofName(directory: Inode, name: BytePath): string | null {
    const [above] = this.view.paths(directory, 1);
    if (above === undefined) return null;
    return displayPath(above === '.' ? name : `${above}/${name}`);
  }

  private leadsToNamed(path: string, inode: Inode, depth: number): boolean {
    if (isNamed(path, this.promises.files)) return true;
    if (inode.kind !== 'directory' || depth > 64) return false;
    for (const [name, child] of this.view.children(inode)) {
      if (this.leadsToNamed(`${path}/${displayPath(name)}`, child, depth + 1)) return true;
    }
    return false;
  }
}

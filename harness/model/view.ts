import type { Effect, EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { BytePath } from '../syscalls/byte-path.js';

/** A name in a directory as a key. */
export function entryKey(directory: Inode, name: BytePath): string {
  return `${directory.id}/${name}`;
}

/** Something for each name in a directory. Two maps and no joined key: this is where judging spends its time. */
export class EntryMap<Value> {
  private readonly directories = new Map<Inode, Map<BytePath, Value>>();

  get(directory: Inode, name: BytePath): Value | undefined {
    return this.directories.get(directory)?.get(name);
  }

  set(directory: Inode, name: BytePath, value: Value): void {
    const names = this.directories.get(directory);
    if (names) names.set(name, value);
    else this.directories.set(directory, new Map([[name, value]]));
  }

  *values(): Generator<Value> {
    for (const names of this.directories.values()) yield* names.values();
  }
}

/** The names and sizes a program saw at one moment of its history; moved forward effect by effect. */
export class View {
  private readonly entries = new Map<Inode, Map<BytePath, Inode>>();
  private readonly names = new Map<Inode, { directory: Inode; name: BytePath }[]>();
  private readonly sizes = new Map<Inode, number>();

  constructor(private readonly history: History) {
    for (const inode of history.inodes) {
      for (const [name, child] of inode.initialEntries) this.link(inode, name, child);
    }
  }

  advance(effect: Effect): void {
    if (effect.kind === 'size') this.sizes.set(effect.inode, effect.to);
    else if (effect.kind === 'entry') this.changeEntry(effect);
  }

  entry(directory: Inode, name: BytePath): Inode | null {
    return this.entries.get(directory)?.get(name) ?? null;
  }

  /** What a path leads to that passes through no link; null: nothing. */
  at(path: BytePath): Inode | null {
    let inode: Inode | null = this.history.root;
    for (const name of path === '' ? [] : path.split('/')) inode = inode && this.entry(inode, name);
    return inode;
  }

  size(inode: Inode): number {
    return this.sizes.get(inode) ?? inode.initial?.size ?? 0;
  }

  children(directory: Inode): Iterable<[BytePath, Inode]> {
    return this.entries.get(directory) ?? [];
  }

  /** Paths that lead to an inode from the program's directory; `.` for that directory, none when unreachable. */
  paths(inode: Inode, limit = 8): BytePath[] {
    if (inode === this.history.root) return ['.'];
    const found: BytePath[] = [];
    for (const { directory, name } of this.names.get(inode) ?? []) {
      if (directory === inode) continue;
      for (const above of this.paths(directory, 1)) {
        found.push(above === '.' ? name : `${above}/${name}`);
        if (found.length >= limit) return found;
      }
    }
    return found;
  }

  /** The names an inode has now, in whatever directories. */
  places(inode: Inode): readonly { directory: Inode; name: BytePath }[] {
    return this.names.get(inode) ?? [];
  }

  reachable(inode: Inode): boolean {
    return this.paths(inode, 1).length > 0;
  }

  private changeEntry(effect: EntryEffect): void {
    const old = this.entry(effect.inode, effect.name);
    if (old) this.unlink(effect.inode, effect.name, old);
    if (effect.to) this.link(effect.inode, effect.name, effect.to);
    else this.entries.get(effect.inode)?.delete(effect.name);
  }

  private link(directory: Inode, name: BytePath, inode: Inode): void {
    let entries = this.entries.get(directory);
    if (!entries) {
      entries = new Map();
      this.entries.set(directory, entries);
    }
    entries.set(name, inode);
    const names = this.names.get(inode);
    if (names) names.push({ directory, name });
    else this.names.set(inode, [{ directory, name }]);
  }

  private unlink(directory: Inode, name: BytePath, inode: Inode): void {
    const names = this.names.get(inode);
    const index = names?.findIndex((one) => one.directory === directory && one.name === name) ?? -1;
    if (index >= 0) names!.splice(index, 1);
  }
}

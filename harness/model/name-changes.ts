import type { BytePath } from '../syscalls/byte-path.js';
import type { Effect, EntryEffect } from './effect.js';
import type { Inode } from './inode.js';

/** All changes of each name in each directory, in their order. */
export class NameChanges {
  private readonly directories = new Map<Inode, Map<BytePath, EntryEffect[]>>();

  static among(effects: Iterable<Effect>): NameChanges {
    const changes = new NameChanges();
    for (const effect of effects) if (effect.kind === 'entry') changes.add(effect);
    return changes;
  }

  add(effect: EntryEffect): void {
    const { inode: directory, name } = effect;
    let names = this.directories.get(directory);
    if (!names) {
      names = new Map();
      this.directories.set(directory, names);
    }
    const known = names.get(name);
    if (known) known.push(effect);
    else names.set(name, [effect]);
  }

  of(directory: Inode, name: BytePath): readonly EntryEffect[] {
    return this.directories.get(directory)?.get(name) ?? [];
  }

  /** All that a name led to at any moment. */
  everUnder(directory: Inode, name: BytePath): Set<Inode> {
    const led = new Set<Inode>();
    const initial = directory.initialEntries.get(name);
    if (initial) led.add(initial);
    for (const { to } of this.of(directory, name)) if (to) led.add(to);
    return led;
  }

  /** Every name that a directory ever had, with all that it led to. */
  *everIn(directory: Inode): Generator<[BytePath, Set<Inode>]> {
    const changed = this.directories.get(directory);
    const names = new Set([...directory.initialEntries.keys(), ...(changed?.keys() ?? [])]);
    for (const name of names) yield [name, this.everUnder(directory, name)];
  }
}

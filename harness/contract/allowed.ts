import type { Content } from '../model/content.js';
import type { DirectoryTree, TreeNode } from '../model/directory-tree.js';
import { type Durability, durability, isMetadata } from '../model/durability.js';
import type { Effect, EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { persistenceModel } from '../model/model-catalogue.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { type ReplayOptions, replay } from '../model/replay.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { entryKey } from './view.js';

/** When the power failed, against the system-call log. */
export interface CrashMoment {
  /** Calls entered before this position may have had their effect. */
  begun: number;
  /** Calls that returned before this position had kept their promise. */
  returned: number;
}

export type Allowed = { allowed: true } | { allowed: false; reason: string };

/** The moment for a wall-clock time, as the trace's time stamps have it. */
export function crashMomentAt(calls: readonly Call[], timeNs: bigint): CrashMoment {
  let begun = 0;
  let returned = Number.POSITIVE_INFINITY;
  for (const call of calls) {
    if (call.startNs !== 0n && call.startNs <= timeNs) begun = Math.max(begun, call.enter + 1);
    if (call.endNs > timeNs || !Number.isFinite(call.exit)) returned = Math.min(returned, call.exit);
  }
  return { begun, returned };
}

/**
 * Soundness check for a model: may a crash leave this tree? Call it with every distinct tree that a real file system
 * recovered to; a tree that is not allowed proves the model (or the replay) wrong.
 *
 * Errs to one side only: names are checked against the order and the rename groups the model keeps, bytes against
 * each value a byte could have had; combinations across files that the model forbids may pass. Never reports a tree
 * that the model allows. `lost+found` is not looked at.
 */
export function allowedByModel(
  calls: readonly Call[],
  modelName: string,
  tree: DirectoryTree,
  options: Omit<ReplayOptions, 'acks'> & { moment?: CrashMoment },
): Allowed {
  const history = replay(calls, { ...options, acks: { stdout: null, socket: null } });
  return allowedInHistory(history, persistenceModel(modelName), tree, options.moment);
}

/** The same for calls that were replayed already. */
export function allowedInHistory(
  history: History,
  model: PersistenceModel,
  tree: DirectoryTree,
  moment: CrashMoment = { begun: Number.POSITIVE_INFINITY, returned: Number.POSITIVE_INFINITY },
): Allowed {
  if (history.doubts.some(({ path }) => path === null)) return { allowed: true };
  const matcher = new TreeMatcher(history, model, tree, moment);
  return matcher.match();
}

class TreeMatcher {
  private readonly durable: Durability;
  /** Effects that may have happened, in order. */
  private readonly effects: Effect[];
  private readonly entries = new Map<string, EntryEffect[]>();
  private readonly contents = new Map<Inode, Effect[]>();
  private readonly names = new Map<Inode, Set<BytePath>>();
  private readonly children = new Map<BytePath, BytePath[]>();
  /** In a model that orders metadata: the pending changes up to this id survived. */
  private cut = Number.POSITIVE_INFINITY;
  private reason = '';

  constructor(
    private readonly history: History,
    private readonly model: PersistenceModel,
    private readonly tree: DirectoryTree,
    private readonly moment: CrashMoment,
  ) {
    this.durable = durability(history, model);
    this.effects = history.effects.filter(({ step }) => history.steps[step]!.enter < moment.begun);
    for (const effect of this.effects) {
      if (effect.kind === 'entry') {
        append(this.entries, entryKey(effect.inode, effect.name), effect);
        this.noteName(effect.inode, effect.name);
      } else append(this.contents, effect.inode, effect);
    }
    for (const inode of history.inodes)
      for (const name of inode.initialEntries.keys()) this.noteName(inode, name);
    for (const path of tree.keys()) {
      if (path === '' || path === 'lost+found' || path.startsWith('lost+found/')) continue;
      const slash = path.lastIndexOf('/');
      append(this.children, slash < 0 ? '' : path.slice(0, slash), path.slice(slash + 1));
    }
  }

  match(): Allowed {
    const cuts = this.model.ordering.metadata_in_order.value ? this.prefixes() : [Number.POSITIVE_INFINITY];
    for (const cut of cuts) {
      this.cut = cut;
      if (this.matchDirectory(this.history.root, '', []) && this.groupsHold()) return { allowed: true };
    }
    return { allowed: false, reason: this.reason };
  }

  /** Ids up to which pending metadata may have survived: none, and after each change. */
  private prefixes(): number[] {
    const pending = this.effects.filter((effect) => isMetadata(effect) && !this.isDurable(effect));
    return [...pending.map(({ id }) => id).reverse(), -1];
  }

  private matchDirectory(directory: Inode, path: BytePath, above: readonly Inode[]): boolean {
    if (above.includes(directory)) return true;
    const expected = this.names.get(directory) ?? new Set<BytePath>();
    for (const name of this.children.get(path) ?? []) {
      if (!expected.has(name)) return this.fail(path, name, 'was never there');
    }
    for (const name of expected) {
      const child = path === '' ? name : `${path}/${name}`;
      if (!this.matchEntry(directory, name, child, [...above, directory])) return false;
    }
    return true;
  }

  private matchEntry(directory: Inode, name: BytePath, path: BytePath, above: readonly Inode[]): boolean {
    const node = this.tree.get(path);
    const candidates = this.candidates(directory, name);
    if (!node) return candidates.has(null) || this.fail('', path, 'is gone, and its name was durable');
    for (const inode of candidates) if (inode && this.matchInode(inode, node, path, above)) return true;
    return this.fail(
      '',
      path,
      candidates.size === 1 && candidates.has(null)
        ? 'is there, and its removal was durable'
        : 'shows a content it could not have',
    );
  }

  /** What a name may lead to. */
  private candidates(directory: Inode, name: BytePath): Set<Inode | null> {
    let possible = new Set<Inode | null>([directory.initialEntries.get(name) ?? null]);
    for (const effect of this.entries.get(entryKey(directory, name)) ?? []) {
      if (this.isDurable(effect)) possible = new Set([effect.to]);
      else if (!this.model.ordering.metadata_in_order.value) possible.add(effect.to);
      else if (effect.id <= this.cut) possible = new Set([effect.to]);
    }
    return possible;
  }

  private matchInode(inode: Inode, node: TreeNode, path: BytePath, above: readonly Inode[]): boolean {
    if (inode.kind !== node.kind) return false;
    if (inode.kind === 'directory') return this.matchDirectory(inode, path, above);
    if (inode.kind === 'symlink') return inode.target === node.target;
    if (inode.kind !== 'file' || inode.opaque || !node.content) return true;
    return this.sizePossible(inode, node.content.size) && this.bytesPossible(inode, node.content);
  }

  private sizePossible(inode: Inode, size: number): boolean {
    let ranges: [number, number][] = [[inode.initial?.size ?? 0, inode.initial?.size ?? 0]];
    for (const effect of this.contents.get(inode) ?? []) {
      if (effect.kind !== 'size') continue;
      // A write that grows a file may be torn at any byte of it.
      const range: [number, number] =
        effect.to > effect.from ? [effect.from, effect.to] : [effect.to, effect.to];
      if (this.isDurable(effect)) ranges = [[effect.to, effect.to]];
      else ranges.push(range);
    }
    return ranges.some(([from, to]) => size >= from && size <= to);
  }

  /** Goes back from the newest effect: a byte may be what any pending one wrote, or the last durable one. */
  private bytesPossible(inode: Inode, content: Content): boolean {
    const bytes = content.bytes();
    const open = new Uint8Array(bytes.length).fill(1);
    let left = bytes.length;
    const settle = (from: number, to: number, accept: (at: number) => boolean, final: boolean): boolean => {
      for (let at = Math.max(0, from); at < Math.min(to, bytes.length); at++) {
        if (open[at] === 0) continue;
        if (accept(at)) {
          open[at] = 0;
          left--;
        } else if (final) return false;
      }
      return true;
    };
    const effects = this.contents.get(inode) ?? [];
    for (let index = effects.length - 1; index >= 0 && left > 0; index--) {
      const effect = effects[index]!;
      const durable = this.isDurable(effect);
      if (effect.kind === 'size') {
        if (
          effect.to < effect.from &&
          !settle(effect.to, Number.POSITIVE_INFINITY, (at) => bytes[at] === 0, durable)
        )
          return false;
      } else if (effect.kind === 'data') {
        const { offset, length } = effect;
        const anything =
          !durable && !this.model.ordering.size_after_data.value && !this.model.unwritten_reads_zeros.value;
        const accept = (at: number): boolean =>
          anything || bytes[at] === (effect.bytes ? effect.bytes[at - offset] : 0);
        if (!settle(offset, offset + length, accept, durable)) return false;
      }
    }
    const initial = inode.initial?.bytes() ?? Buffer.alloc(0);
    return settle(0, bytes.length, (at) => bytes[at] === (initial[at] ?? 0), true);
  }

  /** A rename that happened by half: its new name is there and its old one too, or neither. */
  private groupsHold(): boolean {
    if (!this.model.ordering.rename_atomic.value || this.model.ordering.metadata_in_order.value) return true;
    for (const removal of this.effects) {
      if (
        removal.kind !== 'entry' ||
        removal.movedBy === null ||
        removal.to !== null ||
        this.isDurable(removal)
      )
        continue;
      const arrival = this.history.effects[removal.movedBy] as EntryEffect;
      if (
        this.isDurable(arrival) ||
        !this.isLast(arrival) ||
        !this.isLast(removal) ||
        arrival.to?.kind !== 'file'
      )
        continue;
      const arrived = this.nodeAt(arrival);
      const removed = this.nodeAt(removal);
      const sameFile = arrived && removed && arrived.identity === removed.identity;
      if (sameFile) return this.fail('', removal.name, 'has both names of an atomic rename');
      if (!removed && !arrived) return this.fail('', removal.name, 'has neither name of an atomic rename');
    }
    return true;
  }

  private nodeAt(effect: EntryEffect): TreeNode | undefined {
    for (const [path, node] of this.tree) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (name === effect.name && effect.inode === this.history.root && !path.includes('/')) return node;
    }
    return undefined;
  }

  private isLast(effect: EntryEffect): boolean {
    const chain = this.entries.get(entryKey(effect.inode, effect.name))!;
    return effect.inode === this.history.root && chain.at(-1) === effect && chain.length === 1;
  }

  private isDurable(effect: Effect): boolean {
    return this.durable.since[effect.id]! < this.moment.returned;
  }

  private noteName(directory: Inode, name: BytePath): void {
    const names = this.names.get(directory);
    if (names) names.add(name);
    else this.names.set(directory, new Set([name]));
  }

  private fail(above: BytePath, name: BytePath, what: string): false {
    this.reason = `${displayPath(above === '' ? name : `${above}/${name}`)} ${what}`;
    return false;
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

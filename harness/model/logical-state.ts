import type { BytePath } from '../syscalls/byte-path.js';
import type { AttributeChange } from '../syscalls/call.js';
import { accessList, type Owner, type Xattrs } from '../trace/attributes.js';
import { Content } from './content.js';
import type { DirectoryTree } from './directory-tree.js';
import type { AttributeEffect, DataEffect, Effect, EntryEffect, SizeEffect } from './effect.js';
import { type Inode, type InodeKind, pathOf } from './inode.js';

/**
 * The directory as every process sees it, crash or no crash. Each change is applied at once and noted as an effect;
 * nothing here knows what is durable.
 */
export class LogicalState {
  readonly inodes: Inode[] = [];
  readonly effects: Effect[] = [];
  readonly root: Inode;
  /** Step and position that the next effects belong to; set by the replay. */
  step = 0;
  position = 0;
  private groups = 0;

  constructor(initial: DirectoryTree) {
    const top = initial.get('');
    this.root = this.newInode('directory', {
      mode: top?.mode ?? 0o755,
      owner: top?.owner,
      xattrs: top?.xattrs ?? null,
    });
    const byPath = new Map<BytePath, Inode>([['', this.root]]);
    const byIdentity = new Map<string | number, Inode>();
    for (const [path, node] of initial) {
      if (path === '') continue;
      const slash = path.lastIndexOf('/');
      const directory = byPath.get(slash < 0 ? '' : path.slice(0, slash))!;
      const name = path.slice(slash + 1);
      let inode = node.kind === 'directory' ? undefined : byIdentity.get(node.identity);
      if (!inode) {
        inode = this.newInode(node.kind, {
          mode: node.mode,
          modeKnown: true,
          owner: node.owner,
          xattrs: node.xattrs ?? null,
          initial: node.content,
          target: node.target,
        });
        byIdentity.set(node.identity, inode);
        if (node.kind === 'file' && !node.content)
          inode.opaque = { reason: 'it is too large to hold', since: 0 };
      }
      directory.entries.set(name, inode);
      inode.place = { directory, name };
      byPath.set(path, inode);
    }
    for (const inode of this.inodes) inode.initialEntries = new Map(inode.entries);
  }

  newInode(
    kind: InodeKind,
    options: {
      mode?: number;
      modeKnown?: boolean;
      owner?: Owner | undefined;
      /** null: not known. A new file has none. */
      xattrs?: Xattrs | null;
      initial?: Content | null;
      target?: BytePath | null;
    } = {},
  ): Inode {
    const initial = options.initial ?? null;
    const inode: Inode = {
      id: this.inodes.length,
      kind,
      mode: options.mode ?? 0o644,
      modeKnown: options.modeKnown ?? false,
      owner: options.owner ?? null,
      xattrs: options.xattrs === null ? null : new Map(Object.entries(options.xattrs ?? {})),
      initial,
      content: initial?.clone() ?? new Content(),
      entries: new Map(),
      initialEntries: new Map(),
      target: options.target ?? null,
      place: null,
      calledByKernel: null,
      opaque: null,
      perhapsSynced: null,
      spans: [],
      storeDoubts: [],
      writers: 0,
    };
    this.inodes.push(inode);
    return inode;
  }

  /** Bytes at an offset; a second effect for the size when they reach past the end. */
  write(inode: Inode, offset: number, bytes: Buffer): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    const before = inode.content.read(offset, end);
    const changed = before.equals(bytes) ? null : differingRange(before, bytes, offset);
    inode.content.write(offset, bytes);
    this.add<DataEffect>({ kind: 'data', inode, offset, length: bytes.length, bytes, changed });
    if (end > inode.content.size) this.resize(inode, end);
  }

  /** Bytes that were stored through a mapping by now. */
  store(inode: Inode, offset: number, bytes: Buffer, store: 'certain' | 'perhaps'): void {
    const before = inode.content.read(offset, offset + bytes.length);
    const changed = before.equals(bytes) ? null : differingRange(before, bytes, offset);
    inode.content.write(offset, bytes);
    this.add<DataEffect>({ kind: 'data', inode, offset, length: bytes.length, bytes, changed, store });
  }

  zero(inode: Inode, offset: number, length: number): void {
    if (length <= 0) return;
    inode.content.zero(offset, length);
    const changed = { from: offset, to: offset + length };
    this.add<DataEffect>({ kind: 'data', inode, offset, length, bytes: null, changed });
  }

  resize(inode: Inode, to: number, moved: SizeEffect['moved'] = null): void {
    const from = inode.content.size;
    if (from === to) return;
    const erased = to < from ? inode.content.nonZeroRange(to, from) : null;
    inode.content.resize(to);
    this.add<SizeEffect>({ kind: 'size', inode, from, to, erased, moved });
  }

  /** Takes bytes out of a file: those behind them move down. */
  collapse(inode: Inode, offset: number, length: number): void {
    const end = offset + length;
    const { size } = inode.content;
    this.write(inode, offset, inode.content.read(end, size));
    this.resize(inode, size - length, { from: end, by: -length });
  }

  /** Makes room in a file: what is there moves up, and zeros take its place. */
  insert(inode: Inode, offset: number, length: number): void {
    const { size } = inode.content;
    const behind = inode.content.read(offset, size);
    this.resize(inode, size + length, { from: offset, by: length });
    this.write(inode, offset + length, behind);
    this.zero(inode, offset, length);
  }

  /** Gives a name to an inode, or takes it away (`to` null). */
  setEntry(directory: Inode, name: BytePath, to: Inode | null): void {
    this.changeEntry({ directory, name, to, movedBy: null, group: null });
  }

  /**
   * A rename: the new name first, then the removal of the old one, as one group.
   *
   * @param leaves what the old name leads to afterwards: nothing, what had the new name, or something new
   */
  rename(
    from: { directory: Inode; name: BytePath },
    to: { directory: Inode; name: BytePath },
    leaves: 'nothing' | 'exchange' | { whiteout: Inode },
  ): void {
    const moved = from.directory.entries.get(from.name)!;
    const replaced = to.directory.entries.get(to.name) ?? null;
    // rename(2): two names of one file stay as they are.
    if (moved === replaced) return;
    const group = this.groups++;
    const arrival = this.changeEntry({ ...to, to: moved, movedBy: null, group });
    const left = leaves === 'exchange' ? replaced : leaves === 'nothing' ? null : leaves.whiteout;
    this.changeEntry({ ...from, to: left, movedBy: arrival, group });
    moved.place = { directory: to.directory, name: to.name };
  }

  changeAttributes(inode: Inode, change: AttributeChange): void {
    const effect: Omit<AttributeEffect, 'id' | 'step' | 'at' | 'path'> = {
      kind: 'attributes',
      inode,
      what: change.what,
      mode: null,
      owner: null,
      xattr: null,
    };
    switch (change.what) {
      case 'mode':
        this.add<AttributeEffect>({
          ...effect,
          mode: inode.modeKnown ? { from: inode.mode, to: change.mode } : null,
        });
        inode.mode = change.mode;
        inode.modeKnown = true;
        return;
      case 'owner': {
        const from = inode.owner;
        const uid = change.uid ?? from?.uid;
        const gid = change.gid ?? from?.gid;
        const to = uid === undefined || gid === undefined ? null : { uid, gid };
        this.add<AttributeEffect>({ ...effect, owner: from && to ? { from, to } : null });
        inode.owner = to;
        // chown(2) may take the set-user-ID and set-group-ID bits away.
        if (inode.mode & 0o6000) inode.modeKnown = false;
        return;
      }
      case 'xattr': {
        const { name, value } = change;
        const from = inode.xattrs?.has(name) ? inode.xattrs.get(name) : inode.xattrs ? null : undefined;
        this.add<AttributeEffect>({ ...effect, xattr: { name, from, to: value } });
        if (value === null) inode.xattrs?.delete(name);
        else inode.xattrs?.set(name, value);
        if (name === accessList) inode.modeKnown = false;
        return;
      }
      default:
        this.add<AttributeEffect>(effect);
    }
  }

  private changeEntry(change: {
    directory: Inode;
    name: BytePath;
    to: Inode | null;
    movedBy: number | null;
    group: number | null;
  }): number {
    const { directory, name, to, movedBy, group } = change;
    const from = directory.entries.get(name) ?? null;
    if (to) {
      directory.entries.set(name, to);
      to.place = { directory, name };
    } else {
      directory.entries.delete(name);
    }
    return this.add<EntryEffect>({ kind: 'entry', inode: directory, name, from, to, movedBy, group });
  }

  private add<E extends Effect>(effect: Omit<E, 'id' | 'step' | 'at' | 'path'>): number {
    const id = this.effects.length;
    const path = pathOf((effect as unknown as Effect).inode);
    this.effects.push({ ...effect, id, step: this.step, at: this.position, path } as unknown as Effect);
    return id;
  }
}

function differingRange(before: Buffer, after: Buffer, offset: number): { from: number; to: number } {
  let from = 0;
  while (before[from] === after[from]) from++;
  let to = after.length;
  while (before[to - 1] === after[to - 1]) to--;
  return { from: offset + from, to: offset + to };
}

/** The tree a program sees in this directory now. */
export function treeOf(root: Inode): DirectoryTree {
  const tree: DirectoryTree = new Map();
  const visit = (path: BytePath, inode: Inode): void => {
    tree.set(path, {
      kind: inode.kind,
      identity: inode.id,
      mode: inode.mode,
      content: inode.kind === 'file' ? inode.content : null,
      target: inode.target,
    });
    for (const name of [...inode.entries.keys()].sort()) {
      visit(path === '' ? name : `${path}/${name}`, inode.entries.get(name)!);
    }
  };
  visit('', root);
  return tree;
}

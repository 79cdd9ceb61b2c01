/**
 * What is where while a generated workload goes on, and what must have been there from the start for it to go on.
 *
 * What the start holds is decided when it first matters: an operation that needs `A/foo` makes the setup make it. What a
 * decision would contradict, or what an earlier operation took away, makes the workload invalid.
 */
import type { Operation } from '../workload/operation.js';

export type Kind = 'file' | 'directory' | 'symlink';
/** What an operation needs of a path before it. */
export type Need = { path: string; is: 'file' | 'directory' | 'empty' | 'absent' | 'xattr' };

interface Node {
  kind: Kind;
  size: number;
  xattrs: Set<string>;
}

/** A file of setup's: three blocks, so that there is a first, a middle and a last one. */
export const setupBytes = 12288;
export const xattrName = 'user.probe';
const blockBytes = 4096;

export class NameSpace {
  /** What is known to be there, and (null) what is known not to be. */
  readonly #now = new Map<string, Node | null>([['.', newNode('directory')]]);
  readonly #setup: Operation[] = [];
  /** Directories of which everything that is not known is not there: new ones, moved ones, empty ones. */
  readonly #sealed = new Set<string>();
  readonly #held = new Map<string, Node>();

  /** What makes the start, parents first. */
  get setup(): Operation[] {
    return this.#setup;
  }

  /** False when it cannot be so. */
  need({ path, is }: Need): boolean {
    if (is === 'absent') return this.#isAbsent(path);
    if (is === 'empty') return this.#isEmpty(path);
    const kind = is === 'xattr' ? 'file' : is;
    const node = this.#now.get(path);
    if (node !== undefined) return node?.kind === kind && (is !== 'xattr' || node.xattrs.has(xattrName));
    const parent = parentOf(path);
    if (this.#sealed.has(parent) || !this.need({ path: parent, is: 'directory' })) return false;
    const made = newNode(kind);
    this.#now.set(path, made);
    if (kind === 'directory') this.#setup.push({ op: 'mkdir', path });
    else {
      made.size = setupBytes;
      this.#setup.push({ op: 'create', path });
      this.#setup.push({ op: 'write', path, at: 0, length: setupBytes, manner: 'buffered' });
      if (is === 'xattr') {
        made.xattrs.add(xattrName);
        this.#setup.push({ op: 'setxattr', path, name: xattrName, value: 'setup' });
      }
    }
    return true;
  }

  /** Does it; false when it would fail, or do nothing at all. */
  apply(operation: Operation): boolean {
    switch (operation.op) {
      case 'create':
        return this.#make(operation.path, newNode('file'));
      case 'mkdir':
        if (!this.#make(operation.path, newNode('directory'))) return false;
        this.#sealed.add(operation.path);
        return true;
      case 'symlink':
        return this.#make(operation.path, newNode('symlink'));
      case 'write': {
        const node = this.#file(operation.path);
        if (!node) return false;
        node.size = Math.max(node.size, operation.at + operation.length);
        return true;
      }
      case 'store':
      case 'msync': {
        // Behind the end of a file there is nothing to map.
        const node = this.#file(operation.path);
        return node !== null && node.size >= operation.at + operation.length;
      }
      case 'falloc':
        return this.#allocate(operation);
      case 'truncate': {
        const node = this.#file(operation.path);
        if (!node || node.size === operation.size) return false;
        node.size = operation.size;
        return true;
      }
      case 'link': {
        const node = this.#file(operation.from);
        return node !== null && this.#make(operation.to, node);
      }
      case 'unlink': {
        const node = this.#now.get(operation.path);
        if (!node || node.kind === 'directory') return false;
        this.#now.set(operation.path, null);
        return true;
      }
      case 'rmdir':
        if (!this.#isEmpty(operation.path)) return false;
        this.#now.set(operation.path, null);
        return true;
      case 'rename':
        return this.#rename(operation.from, operation.to);
      case 'exchange': {
        const { from, to } = operation;
        const [a, b] = [this.#now.get(from), this.#now.get(to)];
        if (!a || !b || a === b || isBelow(from, to) || isBelow(to, from)) return false;
        this.#exchange(from, to);
        return true;
      }
      case 'setxattr': {
        const node = this.#now.get(operation.path);
        node?.xattrs.add(operation.name);
        return node !== undefined && node !== null;
      }
      case 'removexattr':
        return this.#now.get(operation.path)?.xattrs.delete(operation.name) ?? false;
      case 'chmod':
        return Boolean(this.#now.get(operation.path));
      case 'hold': {
        const node = this.#now.get(operation.path);
        if (!node || node.kind === 'symlink') return false;
        this.#held.set(`@${operation.as}`, node);
        return true;
      }
      case 'tmpfile':
        if (!this.need({ path: operation.directory, is: 'directory' })) return false;
        this.#held.set(`@${operation.as}`, newNode('file'));
        return true;
      case 'fsync':
      case 'fdatasync': {
        const node = this.#held.get(operation.path) ?? this.#now.get(operation.path);
        return node?.kind === 'file' || node?.kind === 'directory';
      }
      case 'sync':
      case 'syncfs':
        return true;
    }
  }

  #file(path: string): Node | null {
    const node = this.#held.get(path) ?? this.#now.get(path);
    return node?.kind === 'file' ? node : null;
  }

  #make(path: string, node: Node): boolean {
    if (!this.#isAbsent(path)) return false;
    this.#now.set(path, node);
    return true;
  }

  /** In a directory that is there. */
  #isAbsent(path: string): boolean {
    if (!this.need({ path: parentOf(path), is: 'directory' })) return false;
    const node = this.#now.get(path);
    if (node === undefined) this.#now.set(path, null);
    return !node;
  }

  #isEmpty(path: string): boolean {
    if (!this.need({ path, is: 'directory' })) return false;
    for (const [known, node] of this.#now)
      if (node && parentOf(known) === path && known !== '.') return false;
    this.#sealed.add(path);
    return true;
  }

  #allocate({ path, mode, at, length }: Extract<Operation, { op: 'falloc' }>): boolean {
    const node = this.#file(path);
    if (!node) return false;
    const inside = at + length < node.size && at % blockBytes === 0 && length % blockBytes === 0;
    if ((mode === 'collapse' || mode === 'insert') && !inside) return false;
    if (mode === 'collapse') node.size -= length;
    else if (mode === 'insert') node.size += length;
    else if (mode === 'extend' || mode === 'zero') node.size = Math.max(node.size, at + length);
    return true;
  }

  #rename(from: string, to: string): boolean {
    const node = this.#now.get(from);
    if (!node || from === to || isBelow(to, from) || isBelow(from, to)) return false;
    if (!this.need({ path: parentOf(to), is: 'directory' })) return false;
    const there = this.#now.get(to);
    // Two names of one file: rename(2) does nothing.
    if (there === node) return false;
    if (
      there &&
      (node.kind === 'directory'
        ? there.kind !== 'directory' || !this.#isEmpty(to)
        : there.kind === 'directory')
    )
      return false;
    this.#now.set(to, null);
    this.#exchange(from, to);
    return true;
  }

  #exchange(a: string, b: string): void {
    const moved = [...this.#now].filter(
      ([path]) => path === a || path === b || isBelow(path, a) || isBelow(path, b),
    );
    for (const [path] of moved) this.#now.delete(path);
    for (const [path, node] of moved) {
      const [old, now] = path === a || isBelow(path, a) ? [a, b] : [b, a];
      const place = `${now}${path.slice(old.length)}`;
      this.#now.set(place, node);
      if (node?.kind === 'directory') this.#sealed.add(place);
    }
  }
}

function newNode(kind: Kind): Node {
  return { kind, size: 0, xattrs: new Set() };
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}/`);
}

import type { BytePath } from '../syscalls/byte-path.js';
import type { Owner } from '../trace/attributes.js';
import type { Inode } from './inode.js';
import { type Mapping, mappingsOfChild } from './mapping.js';

/** What an open(2) made: the thing that descriptors share after dup and fork (open(2), "Open file descriptions"). */
export interface Description {
  /** A file of the program's directory, or null for anything else. */
  inode: Inode | null;
  /** Absolute path of something outside that directory, where known. */
  outsidePath: BytePath | null;
  /** File position; null when the trace does not tell. */
  offset: number | null;
  append: boolean;
  writable: boolean;
  /** O_DSYNC or O_SYNC. */
  syncOnWrite: 'no' | 'data' | 'file';
  /** Where acks may be written. */
  role: 'stdout' | 'ack' | null;
  /** Opened by a handle: `inode` is known when a call shows where it leads. */
  byHandle: boolean;
  references: number;
}

interface Slot {
  description: Description;
  cloexec: boolean;
}

/** A process's descriptor table; threads share one, fork copies it (clone(2), CLONE_FILES). */
export class DescriptorTable {
  users = 1;
  /** Shared mappings, in the order in which they were made. */
  mappings: Mapping[] = [];
  private readonly slots = new Map<number, Slot>();

  constructor(private readonly onRelease: (description: Description) => void) {}

  get(fd: number): Description | null {
    return this.slots.get(fd)?.description ?? null;
  }

  set(fd: number, description: Description, cloexec: boolean): void {
    description.references++;
    const old = this.slots.get(fd);
    this.slots.set(fd, { description, cloexec });
    if (old) this.release(old.description);
  }

  /** Those that lead to a file. */
  *leadingTo(inode: Inode): Generator<Description> {
    for (const { description } of this.slots.values()) if (description.inode === inode) yield description;
  }

  /** Each number means the same in both, and neither has anything mapped. */
  meansTheSameAs(other: DescriptorTable): boolean {
    if (this.mappings.length + other.mappings.length > 0) return false;
    if (this.slots.size !== other.slots.size) return false;
    return [...this.slots].every(([fd, { description, cloexec }]) => {
      const slot = other.slots.get(fd);
      return slot?.description === description && slot.cloexec === cloexec;
    });
  }

  setCloexec(fd: number, cloexec: boolean): void {
    const slot = this.slots.get(fd);
    if (slot) slot.cloexec = cloexec;
  }

  close(fd: number): void {
    const slot = this.slots.get(fd);
    if (!slot) return;
    this.slots.delete(fd);
    this.release(slot.description);
  }

  closeRange(first: number, last: number, cloexec: boolean): void {
    for (const fd of [...this.slots.keys()]) {
      if (fd < first || fd > last) continue;
      if (cloexec) this.setCloexec(fd, true);
      else this.close(fd);
    }
  }

  closeOnExec(): void {
    for (const [fd, slot] of [...this.slots]) if (slot.cloexec) this.close(fd);
  }

  copy(): DescriptorTable {
    const copy = new DescriptorTable(this.onRelease);
    for (const [fd, slot] of this.slots) copy.set(fd, slot.description, slot.cloexec);
    copy.mappings = mappingsOfChild(this.mappings);
    return copy;
  }

  closeAll(): void {
    for (const fd of [...this.slots.keys()]) this.close(fd);
  }

  private release(description: Description): void {
    if (--description.references === 0) this.onRelease(description);
  }
}

/** One thread: its descriptors, its current directory and its mask, each perhaps shared with others, and its user. */
export interface Thread {
  files: DescriptorTable;
  /** With the file mode creation mask, which the same flag of clone(2) shares (CLONE_FS); null: not known. */
  directory: { at: Inode | BytePath; umask: number | null };
  /** Whom what it makes belongs to (credentials(7)); null: not known. */
  user: Owner | null;
}

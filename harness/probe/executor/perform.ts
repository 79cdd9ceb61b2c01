/** Carries out operations of a workload below a directory, with the very system calls that they stand for. */
import {
  chmodSync,
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {
  exchange,
  fallocate,
  linkOpenFile,
  removeXattr,
  setXattr,
  syncFileSystem,
  syncMapped,
} from '../../attach/file-calls.js';
import { type MappedMemory, mapAnonymous, mapShared } from '../../attach/memory-map.js';
import { bytesOf } from '../workload/bytes.js';
import { fallocNumber } from '../workload/falloc.js';
import type { Operation, WriteManner } from '../workload/operation.js';

const { O_RDWR, O_RDONLY, O_CREAT, O_EXCL, O_SYNC, O_DSYNC, O_DIRECT, O_NOFOLLOW } = constants;
/** Node has no name for it. */
const O_TMPFILE = 0o20200000;
const pageBytes = 4096;

const mannerFlags: Record<WriteManner, number> = {
  buffered: 0,
  direct: O_DIRECT,
  sync: O_SYNC,
  dsync: O_DSYNC,
};

export class Performer {
  readonly #held = new Map<string, number>();
  readonly #mapped = new Map<string, MappedMemory>();

  /** @param sync sync(2), or what stands for it where other file systems are none of ours */
  constructor(
    private readonly root: string,
    private readonly sync: () => void,
  ) {}

  /**
   * @param line the operation's position in the workload, by which its bytes are known
   * @throws whatever the system call failed with, its errno's name as `code`
   */
  perform(operation: Operation, line: number): void {
    switch (operation.op) {
      case 'create':
        closeSync(openSync(this.#at(operation.path), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644));
        return;
      case 'mkdir':
        mkdirSync(this.#at(operation.path), 0o755);
        return;
      case 'write': {
        const { path, at, length, manner } = operation;
        const bytes = bytesOf(line, at, length);
        this.#open(path, O_RDWR | mannerFlags[manner], (fd) => {
          if (manner === 'direct') writeDirect(fd, bytes, at);
          else writeWhole(fd, bytes, at);
        });
        return;
      }
      case 'store': {
        const { path, at, length } = operation;
        const mapping = this.#map(path);
        Buffer.from(mapping.bytes).set(bytesOf(line, at, length), at);
        return;
      }
      case 'msync': {
        const { path, at, length } = operation;
        const from = at - (at % pageBytes);
        syncMapped(this.#map(path).address + from, at + length - from);
        return;
      }
      case 'falloc': {
        const { path, mode, at, length } = operation;
        this.#open(path, O_RDWR, (fd) => fallocate(fd, fallocNumber(mode), { offset: at, length }));
        return;
      }
      case 'truncate':
        this.#open(operation.path, O_RDWR, (fd) => ftruncateSync(fd, operation.size));
        return;
      case 'link':
        if (operation.from.startsWith('@'))
          linkOpenFile(this.#heldAs(operation.from), this.#at(operation.to));
        else linkSync(this.#at(operation.from), this.#at(operation.to));
        return;
      case 'symlink':
        symlinkSync(operation.target, this.#at(operation.path));
        return;
      case 'unlink':
        unlinkSync(this.#at(operation.path));
        return;
      case 'rmdir':
        rmdirSync(this.#at(operation.path));
        return;
      case 'rename':
        renameSync(this.#at(operation.from), this.#at(operation.to));
        return;
      case 'exchange':
        exchange(this.#at(operation.from), this.#at(operation.to));
        return;
      case 'setxattr':
        setXattr(this.#at(operation.path), operation.name, operation.value);
        return;
      case 'removexattr':
        removeXattr(this.#at(operation.path), operation.name);
        return;
      case 'chmod':
        chmodSync(this.#at(operation.path), operation.mode);
        return;
      case 'hold': {
        const path = this.#at(operation.path);
        this.#hold(operation.as, openSync(path, statSync(path).isDirectory() ? O_RDONLY : O_RDWR));
        return;
      }
      case 'tmpfile':
        this.#hold(operation.as, openSync(this.#at(operation.directory), O_RDWR | O_TMPFILE, 0o644));
        return;
      case 'fsync':
        this.#open(operation.path, O_RDONLY, fsyncSync);
        return;
      case 'fdatasync':
        this.#open(operation.path, O_RDONLY, fdatasyncSync);
        return;
      case 'sync':
        this.sync();
        return;
      case 'syncfs':
        this.#open('.', O_RDONLY, syncFileSystem);
        return;
    }
  }

  /** Closes what is held and gives mappings back, so that the file system can be unmounted. */
  close(): void {
    for (const mapping of this.#mapped.values()) mapping.unmap();
    for (const fd of this.#held.values()) closeSync(fd);
    this.#mapped.clear();
    this.#held.clear();
  }

  #at(path: string): string {
    return path === '.' ? this.root : `${this.root}/${path}`;
  }

  #hold(name: string, fd: number): void {
    const before = this.#held.get(name);
    if (before !== undefined) closeSync(before);
    this.#held.set(name, fd);
  }

  #heldAs(path: string): number {
    const fd = this.#held.get(path.slice(1));
    if (fd === undefined) throw Object.assign(new Error(`${path} is not held`), { code: 'EBADF' });
    return fd;
  }

  #open(path: string, flags: number, use: (fd: number) => void): void {
    if (path.startsWith('@')) {
      use(this.#heldAs(path));
      return;
    }
    const fd = openSync(this.#at(path), flags | O_NOFOLLOW);
    try {
      use(fd);
    } finally {
      closeSync(fd);
    }
  }

  #map(path: string): MappedMemory {
    const known = this.#mapped.get(path);
    if (known) return known;
    const length = statSync(this.#at(path)).size;
    let mapping: MappedMemory | undefined;
    this.#open(path, O_RDWR, (fd) => {
      mapping = mapShared(fd, length);
    });
    this.#mapped.set(path, mapping!);
    return mapping!;
  }
}

function writeWhole(fd: number, bytes: Uint8Array, at: number): void {
  const count = writeSync(fd, bytes, 0, bytes.length, at);
  if (count < bytes.length) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' });
}

/** O_DIRECT takes only memory that begins where a page does. */
function writeDirect(fd: number, bytes: Buffer, at: number): void {
  const memory = mapAnonymous(bytes.length);
  try {
    const aligned = Buffer.from(memory.bytes);
    aligned.set(bytes);
    writeWhole(fd, aligned, at);
  } finally {
    memory.unmap();
  }
}

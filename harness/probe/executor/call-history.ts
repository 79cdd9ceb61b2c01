/**
 * What a workload's operations did, as the history that promises are judged by: the calls are known, so nobody has to
 * trace them.
 *
 * Setup's calls are not in it: what setup left is where the history begins.
 */
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { History } from '../../model/history.js';
import { replay } from '../../model/replay.js';
import type { Call, Operation as CallOperation, Descriptor, PathAt } from '../../syscalls/call.js';
import { bytesOf } from '../workload/bytes.js';
import { fallocFlags } from '../workload/falloc.js';
import type { Operation } from '../workload/operation.js';
import type { Workload } from '../workload/workload.js';

const rootPath = '/probe';
const passingFd = 3;
const mappedAddress = 2 ** 30;
const umask = 0o022;

export interface CallHistory {
  history: History;
  /** The position in the history before each operation of the body, and the one behind the last. */
  before: readonly number[];
}

/**
 * @param initial what setup left
 * @param done how many operations of the body were carried out
 */
export function historyOf(
  { setup, body }: Workload,
  initial: DirectoryTree,
  done = body.length,
): CallHistory {
  const calls = new Calls();
  const before = body.slice(0, done).map((operation, i) => {
    const position = calls.position;
    calls.add(operation, setup.length + i);
    return position;
  });
  const history = replay(calls.list, { rootPath, initial, acks: { stdout: null, socket: null }, umask });
  return { history, before: [...before, calls.position] };
}

class Calls {
  readonly list: Call[] = [];
  readonly #held = new Map<string, number>();
  readonly #mapped = new Map<string, number>();
  position = 1;

  /** @param line by which the operation's bytes are known */
  add(operation: Operation, line: number): void {
    switch (operation.op) {
      case 'create':
        this.#opened(at(operation.path), ['O_RDWR', 'O_CREAT', 'O_EXCL'], 0o644, () => {});
        return;
      case 'mkdir':
        this.#call('mkdir', { op: 'mkdir', at: at(operation.path), mode: 0o755 });
        return;
      case 'write': {
        const { path, manner } = operation;
        const flag = { buffered: [], direct: ['O_DIRECT'], sync: ['O_SYNC'], dsync: ['O_DSYNC'] }[manner];
        this.#withFile(path, ['O_RDWR', ...flag], (file) => this.#write(file, operation, line));
        return;
      }
      // Which bytes were stored is known: no need to find them by looking.
      case 'store':
        this.#withFile(operation.path, ['O_RDWR'], (file) => {
          this.#map(operation.path, file);
          this.#write(file, operation, line);
        });
        return;
      case 'msync': {
        const { path, at: from, length } = operation;
        if (!this.#mapped.has(path)) this.#withFile(path, ['O_RDWR'], (file) => this.#map(path, file));
        const address = this.#mapped.get(path)! + from;
        this.#call('msync', { op: 'msync', address, length, sync: true });
        return;
      }
      case 'falloc': {
        const { path, at: offset, length } = operation;
        const mode = new Set(fallocFlags[operation.mode].map((flag) => `FALLOC_FL_${flag}`));
        this.#withFile(path, ['O_RDWR'], (file) =>
          this.#call('fallocate', { op: 'fallocate', file, mode, offset, length }),
        );
        return;
      }
      case 'truncate':
        this.#withFile(operation.path, ['O_RDWR'], (file) =>
          this.#call('ftruncate', { op: 'truncate', target: file, length: operation.size }),
        );
        return;
      case 'link': {
        const { from, to } = operation;
        const source = from.startsWith('@') ? heldAt(this.#heldAs(from)) : at(from);
        this.#call('link', { op: 'link', from: source, to: at(to) });
        return;
      }
      case 'symlink':
        this.#call('symlink', { op: 'symlink', target: operation.target, at: at(operation.path) });
        return;
      case 'unlink':
        this.#call('unlink', { op: 'unlink', at: at(operation.path), directory: false });
        return;
      case 'rmdir':
        this.#call('rmdir', { op: 'unlink', at: at(operation.path), directory: true });
        return;
      case 'rename':
      case 'exchange': {
        const { op, from, to } = operation;
        this.#call('rename', {
          op: 'rename',
          from: at(from),
          to: at(to),
          leaves: op === 'exchange' ? op : 'nothing',
        });
        return;
      }
      case 'setxattr':
      case 'removexattr': {
        const { op, path, name } = operation;
        const value = op === 'setxattr' ? Buffer.from(operation.value).toString('base64') : null;
        this.#call(op, { op: 'attributes', target: at(path), what: 'xattr', name, value });
        return;
      }
      case 'chmod':
        this.#call('chmod', {
          op: 'attributes',
          target: at(operation.path),
          what: 'mode',
          mode: operation.mode,
        });
        return;
      case 'hold':
        this.#hold(operation.as, at(operation.path), ['O_RDWR'], 0);
        return;
      case 'tmpfile':
        this.#hold(operation.as, at(operation.directory), ['O_RDWR', 'O_TMPFILE'], 0o644);
        return;
      case 'fsync':
      case 'fdatasync': {
        const scope = operation.op === 'fsync' ? 'file' : 'data';
        this.#withFile(operation.path, ['O_RDONLY'], (file) =>
          this.#call(operation.op, { op: 'sync', scope, file }),
        );
        return;
      }
      case 'sync':
        this.#call('sync', { op: 'sync_all' });
        return;
      case 'syncfs':
        this.#withFile('.', ['O_RDONLY'], (file) =>
          this.#call('syncfs', { op: 'sync', scope: 'filesystem', file }),
        );
        return;
    }
  }

  #call(name: string, operation: CallOperation, value = 0): void {
    this.list.push({
      pid: 1,
      name,
      operation,
      result: { kind: 'value', value, file: null },
      enter: this.position++,
      exit: this.position++,
      startNs: 0n,
      endNs: 0n,
      stack: [],
    });
  }

  #write(file: Descriptor, { at: offset, length }: { at: number; length: number }, line: number): void {
    const payload = bytesOf(line, offset, length);
    this.#call('pwrite64', { op: 'write', file, payload, offset, flags: new Set() }, length);
  }

  #withFile(path: string, flags: readonly string[], use: (file: Descriptor) => void): void {
    if (path.startsWith('@')) use(descriptor(this.#heldAs(path)));
    else this.#opened(at(path), flags, 0, use);
  }

  #opened(path: PathAt, flags: readonly string[], mode: number, use: (file: Descriptor) => void): void {
    // Each its own number: one operation's calls are entered together.
    const fd = passingFd + this.list.length;
    this.#call('openat', { op: 'open', at: path, flags: new Set(flags), mode }, fd);
    use(descriptor(fd));
  }

  #hold(as: string, path: PathAt, flags: readonly string[], mode: number): void {
    this.#opened(path, flags, mode, ({ fd }) => this.#held.set(as, fd));
  }

  #heldAs(path: string): number {
    return this.#held.get(path.slice(1)) ?? -1;
  }

  #map(path: string, file: Descriptor): void {
    if (this.#mapped.has(path)) return;
    const address = mappedAddress * (this.#mapped.size + 1);
    this.#mapped.set(path, address);
    const mmap = { op: 'mmap', file, writable: false, length: mappedAddress, offset: 0 } as const;
    this.#call('mmap', mmap, address);
  }
}

function descriptor(fd: number): Descriptor {
  return { fd, describedAs: null, deleted: false };
}

function at(path: string): PathAt {
  return { directory: null, currentDirectory: null, path, noFollow: true, emptyPath: false };
}

function heldAt(fd: number): PathAt {
  return { directory: descriptor(fd), currentDirectory: null, path: '', noFollow: false, emptyPath: true };
}

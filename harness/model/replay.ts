import { closeSync, openSync, readSync } from 'node:fs';
import { type BytePath, displayPath, pathBytes, toBytePath } from '../syscalls/byte-path.js';
import type { AttributeChange, Call, Descriptor, Operation, PathAt } from '../syscalls/call.js';
import { type AckSource, AckStream } from './ack-stream.js';
import { type Description, DescriptorTable, type Thread } from './descriptors.js';
import type { DirectoryTree } from './directory-tree.js';
import type { Doubt, History, Step, SyncRequest } from './history.js';
import { type Inode, pathOf } from './inode.js';
import { LogicalState } from './logical-state.js';
import {
  type Mapping,
  makeWritable,
  mappedBytes,
  overlaps,
  remap,
  unmapped,
  withoutRange,
} from './mapping.js';
import { descriptorInPath, PathWalk, type Place, shownPlace } from './path-walk.js';
import { PipeContents } from './pipe-contents.js';
import { noteStores, type Sightings, type Store, StoreFinder, seenPath } from './stores.js';

export interface ReplayOptions {
  /** Absolute path, without symbolic links, of the program's directory. */
  rootPath: string;
  /** What it held before the first call. */
  initial: DirectoryTree;
  acks: AckSource;
  /** What was seen of the directory; without it nothing is known of stores through mappings. */
  seen?: Sightings | undefined;
  /** The mask the program was started with; without it the mode of a file it makes is not known. */
  umask?: number | undefined;
}

/**
 * Runs the calls on a logical file system. Effects happen when their call returns; descriptors are looked up, closed
 * and inherited when it is entered, because that is when the kernel does it.
 *
 * What it cannot follow becomes a doubt about the files concerned, or about all of them: never a silent gap. Stores
 * through mappings are found in a first replay and take their place among the effects in a second one.
 */
export function replay(calls: readonly Call[], options: ReplayOptions): History {
  const finder = new StoreFinder();
  const history = new Player(calls, options, { finder, stores: [] }).run();
  // What was done in ways that nobody followed would be taken for stores.
  if (history.doubts.some(({ path }) => path === null)) return history;
  const stores = finder.stores.filter(({ inode }) => history.inodes[inode]!.opaque === null);
  if (stores.length === 0) return history;
  const known = new Player(calls, options, { finder: null, stores }).run();
  for (const { id, storeDoubts } of history.inodes) known.inodes[id]!.storeDoubts.push(...storeDoubts);
  noteStores(stores, known.inodes);
  return known;
}

type OperationOf<K extends Operation['op']> = Extract<Operation, { op: K }>;
/** Descriptions as they were when the call was entered. */
type Bound = Map<number, Description | null>;

class Player {
  private readonly state: LogicalState;
  private readonly walk: PathWalk;
  private readonly acks: AckStream;
  private readonly pipes = new PipeContents();
  private readonly umask: number | null;
  private readonly steps: Step[] = [];
  private readonly doubts: Doubt[] = [];
  private readonly threads = new Map<number, Thread>();
  private readonly bound = new Map<Call, Bound>();
  private released: Inode | null = null;
  private end = 1;

  constructor(
    private readonly calls: readonly Call[],
    private readonly options: ReplayOptions,
    /** What is to be found out about stores, and what is known of them. */
    private readonly mapped: { finder: StoreFinder | null; stores: readonly Store[] },
  ) {
    this.state = new LogicalState(options.initial);
    this.walk = new PathWalk(this.state.root, toBytePath(options.rootPath));
    this.acks = new AckStream(options.acks);
    this.umask = options.umask ?? null;
  }

  run(): History {
    const entries = this.calls.filter((call) => call.enter < call.exit).sort((a, b) => a.enter - b.enter);
    const stores = [...this.mapped.stores].sort((a, b) => a.position - b.position);
    let next = 0;
    let nextStore = 0;
    const storesBefore = (position: number): void => {
      const first = nextStore;
      while (nextStore < stores.length && stores[nextStore]!.position < position) nextStore++;
      this.store(stores.slice(first, nextStore));
    };
    for (const call of this.calls) {
      storesBefore(call.exit);
      while (next < entries.length && entries[next]!.enter < call.exit) this.enter(entries[next++]!);
      if (call.enter === call.exit) this.enter(call);
      this.end = Math.max(this.end, Number.isFinite(call.exit) ? call.exit + 1 : call.enter + 1);
      const acks = this.acks.acks.length;
      this.leave(call);
      if (this.acks.acks.length > acks) this.seenAtAck(call);
    }
    storesBefore(Number.POSITIVE_INFINITY);
    this.seenAtEnd();
    const { root, inodes, effects } = this.state;
    return {
      root,
      inodes,
      steps: this.steps,
      effects,
      acks: this.acks.finish(),
      doubts: this.doubts,
      end: this.end,
    };
  }

  // Stores through mappings.

  private store(stores: readonly Store[]): void {
    const places = new Map<string, Store[]>();
    for (const store of stores) {
      const key = `${store.inode} ${store.position}`;
      const group = places.get(key);
      if (group) group.push(store);
      else places.set(key, [store]);
    }
    for (const group of places.values()) {
      const [{ inode: id, position, call }] = group as [Store, ...Store[]];
      const inode = this.state.inodes[id]!;
      this.state.step = this.steps.length;
      this.state.position = position;
      for (const { offset, bytes, certain } of group)
        this.state.store(inode, offset, bytes, certain ? 'certain' : 'perhaps');
      const title = `store(${displayPath(pathOf(inode))}, through mmap)`;
      this.addStep({ ...call, enter: position, exit: position }, title, {});
    }
  }

  /**
   * The one who gives an ack waits for the sighting. It is of that moment where nobody else can store or has changed
   * anything meanwhile.
   */
  private seenAtAck(call: Call): void {
    const { finder } = this.mapped;
    const atAck = this.options.seen?.atAck;
    if (!finder || !atAck || !this.waits(call)) return;
    if ((this.steps.at(-1)?.exit ?? 0) > call.enter) return;
    const own = this.thread(call).files;
    for (const inode of this.state.inodes) {
      if (inode.spans.length === 0) continue;
      const holders = [...this.threads.values()].filter(({ files }) =>
        files.mappings.some((mapping) => mapping.inode === inode && mapping.span !== null),
      );
      if (holders.length > 1 || holders.some(({ files }) => files !== own)) continue;
      const path = seenPath(inode);
      if (path !== null) finder.look(inode, atAck(this.acks.acks.length, path), call.enter - 0.5, call.exit);
    }
  }

  /** A write to standard output returns when the ack is taken; what is sent to a socket need not be waited for. */
  private waits({ operation, pid }: Call): boolean {
    if (operation.op !== 'write') return false;
    return this.threads.get(pid)?.files.get(operation.file.fd)?.role === 'stdout';
  }

  private seenAtEnd(): void {
    const { finder } = this.mapped;
    if (!finder) return;
    for (const inode of this.state.inodes) {
      if (inode.spans.length === 0) continue;
      const path = seenPath(inode);
      const seen = path === null ? null : this.options.seen?.atEnd(path);
      if (seen) finder.look(inode, seen, this.end - 0.5);
      finder.unresolved(inode);
    }
  }

  // Entry: descriptors.

  private enter(call: Call): void {
    const thread = this.thread(call);
    const operation = call.operation;
    const bound: Bound = new Map();
    const bind = (descriptor: Descriptor | null | undefined): void => {
      if (descriptor) bound.set(descriptor.fd, this.describe(thread, descriptor, call));
    };
    const bindPath = (at: PathAt): void => {
      bind(at.directory);
      const fd = descriptorInPath(at.path);
      if (fd !== null) bind({ fd, describedAs: null, deleted: false });
      if (at.currentDirectory) this.checkDirectory(thread, at.currentDirectory);
    };
    for (const value of Object.values(operation)) {
      if (value && typeof value === 'object') {
        if ('fd' in value) bind(value as Descriptor);
        else if ('path' in value) bindPath(value as PathAt);
        else if (Array.isArray(value)) {
          for (const item of value) 'fd' in item ? bind(item) : bindPath(item);
        }
      }
    }
    this.bound.set(call, bound);
    this.enterPipe(call, bound);
    this.released = null;
    if (operation.op === 'close') thread.files.close(operation.fd);
    else if (operation.op === 'close_range' && !operation.cloexec && call.result.kind === 'value') {
      thread.files.closeRange(operation.first, operation.last, false);
    } else if (operation.op === 'fork' && call.result.kind === 'value' && call.result.value > 0) {
      this.fork(thread, call.result.value, operation);
    }
    if (this.released && call.enter < call.exit) this.addStep(call, '', { released: this.released });
  }

  private thread(call: Call): Thread {
    const known = this.threads.get(call.pid);
    if (known) return known;
    if (this.threads.size > 0) {
      this.doubt(null, `process ${call.pid} came from nowhere: its descriptors are not known`, call.enter);
    }
    const files = new DescriptorTable((description) => this.release(description));
    const role = ['stdin', 'stdout', 'stderr'] as const;
    for (let fd = 0; fd < role.length; fd++) {
      const description = outside(null);
      if (role[fd] === 'stdout') description.role = 'stdout';
      files.set(fd, description, false);
    }
    const thread: Thread = { files, directory: { at: this.state.root, umask: this.umask } };
    this.threads.set(call.pid, thread);
    return thread;
  }

  private fork(
    parent: Thread,
    child: number,
    flags: { sharesFiles: boolean; sharesDirectory: boolean },
  ): void {
    if (flags.sharesFiles) parent.files.users++;
    this.threads.set(child, {
      files: flags.sharesFiles ? parent.files : parent.files.copy(),
      directory: flags.sharesDirectory ? parent.directory : { ...parent.directory },
    });
  }

  /** The description behind a number; for one the trace shows but we never saw opened, what its path tells. */
  private describe(thread: Thread, descriptor: Descriptor, call: Call): Description | null {
    const known = thread.files.get(descriptor.fd);
    const shown = descriptor.describedAs;
    if (known) {
      // A number reused for something we did not see made (a pipe, a socket).
      if (!known.inode && !known.role && shown !== null && this.inside(shown))
        thread.files.close(descriptor.fd);
      else if (known.inode && shown !== null && !shown.startsWith('/')) thread.files.close(descriptor.fd);
      else return known;
    }
    if (shown === null) return null;
    const inside = this.inside(shown);
    const description = outside(shown.startsWith('/') ? shown : null);
    if (inside && !descriptor.deleted) {
      description.inode = inside;
      description.offset = null;
      description.writable = true;
    } else if (inside || (descriptor.deleted && this.wouldBeInside(shown))) {
      this.doubt(
        null,
        `descriptor ${descriptor.fd} of process ${call.pid} leads to a deleted file we did not see opened`,
        call.enter,
      );
    }
    thread.files.set(descriptor.fd, description, false);
    return description;
  }

  private inside(path: BytePath): Inode | null {
    if (!path.startsWith('/')) return null;
    const place = this.walk.byAbsolutePath(path);
    return place.kind === 'name' || place.kind === 'inode' ? place.inode : null;
  }

  private wouldBeInside(path: BytePath): boolean {
    return path.startsWith('/') && this.walk.byAbsolutePath(path).kind !== 'outside';
  }

  /** AT_FDCWD's path as strace saw it wins over ours: it also knows of what happened before the trace. */
  private checkDirectory(thread: Thread, shown: BytePath): void {
    const place = this.walk.byAbsolutePath(shown);
    if (place.kind === 'outside') thread.directory.at = place.path;
    else if ((place.kind === 'inode' || place.kind === 'name') && place.inode)
      thread.directory.at = place.inode;
  }

  private release(description: Description): void {
    const inode = description.inode;
    if (!inode || !description.writable) return;
    if (--inode.writers === 0) this.released = inode;
  }

  // Return: effects.

  private leave(call: Call): void {
    const thread = this.thread(call);
    const bound = this.bound.get(call)!;
    this.bound.delete(call);
    if (call.enter < call.exit) this.released = null;
    const operation = call.operation;
    const fromPipe = this.leavePipe(call);
    this.state.step = this.steps.length;
    this.state.position = call.exit;
    if (operation.op === 'exit') {
      this.exit(call, thread);
      return;
    }
    if (operation.op === 'sync' || operation.op === 'msync' || operation.op === 'sync_all') {
      this.sync(call, operation, thread, bound);
      return;
    }
    if (operation.op === 'opaque') {
      this.opaque(call, operation, thread, bound);
      return;
    }
    if (call.result.kind !== 'value') {
      if (call.result.kind === 'none') this.neverReturned(call, thread, bound);
      else this.closingStep(call);
      return;
    }
    const before = this.state.effects.length;
    let title: string;
    try {
      title = this.apply(call, operation, call.result.value, thread, bound, fromPipe);
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      this.doubt(error.path, `${call.name}: ${error.message}`, call.enter);
      title = '';
    }
    if (this.state.effects.length > before) {
      const sync = this.ownSync(operation, bound);
      if (sync) this.mayHaveSynced(call, sync.inode);
      this.addStep(call, title, { sync, released: this.released });
    } else this.closingStep(call);
  }

  private closingStep(call: Call): void {
    if (this.released) this.addStep(call, '', { released: this.released });
  }

  private exit(call: Call, thread: Thread): void {
    this.released = null;
    this.threads.delete(call.pid);
    if (--thread.files.users > 0) return;
    unmapped(thread.files.mappings, call.exit);
    thread.files.mappings = [];
    const releasing: Inode[] = [];
    const release = (): void => {
      if (this.released) releasing.push(this.released);
      this.released = null;
    };
    thread.files.closeAll();
    release();
    for (const inode of releasing) this.addStep(call, '', { released: inode });
    // The first thread seen is kept, so that a later stranger is told apart from the beginning.
    if (this.threads.size === 0) this.threads.set(-1, thread);
  }

  private apply(
    call: Call,
    operation: Operation,
    result: number,
    thread: Thread,
    bound: Bound,
    fromPipe: Buffer | null,
  ): string {
    switch (operation.op) {
      case 'open':
        return this.open(call, operation, result, thread, bound);
      case 'close':
      case 'none':
      case 'fork':
        return '';
      case 'close_range':
        if (operation.cloexec) thread.files.closeRange(operation.first, operation.last, true);
        return '';
      case 'dup': {
        const description = bound.get(operation.from.fd);
        if (description) thread.files.set(result, description, operation.cloexec);
        else thread.files.close(result);
        return '';
      }
      case 'set_status_flags': {
        const description = bound.get(operation.file.fd);
        if (description) description.append = operation.flags.has('O_APPEND');
        return '';
      }
      case 'set_cloexec':
        thread.files.setCloexec(operation.fd, operation.cloexec);
        return '';
      case 'read':
        advance(bound.get(operation.file.fd), result);
        return '';
      case 'lseek': {
        const description = bound.get(operation.file.fd);
        if (description) description.offset = result;
        return '';
      }
      case 'write':
        return this.write(call, operation, result, bound);
      case 'truncate':
        return this.truncate(operation, thread, bound);
      case 'fallocate':
        return this.allocate(operation, bound);
      case 'copy':
        return this.copy(call, operation, result, bound, fromPipe);
      case 'rename':
        return this.rename(call, operation, thread, bound);
      case 'link':
        return this.link(call, operation, thread, bound);
      case 'symlink':
        return this.create(operation.at, thread, bound, 'symlink', () =>
          this.state.newInode('symlink', { target: operation.target }),
        );
      case 'mkdir':
        return this.create(operation.at, thread, bound, 'mkdir', () =>
          this.state.newInode('directory', made(operation.mode & 0o777, thread)),
        );
      case 'mknod':
        return this.create(operation.at, thread, bound, 'mknod', () =>
          this.state.newInode(operation.regular ? 'file' : 'special', made(operation.mode, thread)),
        );
      case 'unlink': {
        const place = this.place(operation.at, thread, bound, false);
        if (place.kind === 'outside') return '';
        if (place.kind !== 'name' || !place.inode)
          throw new Disagreement(shownPlace(place, operation.at), 'is not there');
        this.state.setEntry(place.directory, place.name, null);
        return `${operation.directory ? 'rmdir' : 'unlink'}(${displayPath(shownPlace(place, operation.at))})`;
      }
      case 'attributes': {
        const inode = this.target(operation.target, thread, bound);
        if (!inode) return '';
        this.state.changeAttributes(inode, operation);
        return `${call.name}(${displayPath(pathOf(inode))}${asked(operation)})`;
      }
      case 'umask':
        thread.directory.umask = operation.mask;
        return '';
      case 'pipe':
        if (operation.name !== null) this.pipes.made(operation.name);
        return '';
      case 'pipe_unclear':
        for (const { describedAs } of operation.files)
          if (describedAs !== null) this.pipes.giveUp(describedAs);
        return '';
      case 'mmap':
        this.map(call, operation, result, thread, bound);
        return '';
      case 'mprotect':
        this.protect(call, operation, thread);
        return '';
      case 'munmap':
        thread.files.mappings = withoutRange(thread.files.mappings, { ...operation, position: call.exit });
        return '';
      case 'mremap':
        for (const mapping of thread.files.mappings)
          if (overlaps(mapping, operation.address, 1)) {
            if (mapping.address === operation.address) remap(mapping, result, operation.length);
            else this.makeOpaque(mapping.inode, 'a part of its mapping was moved by mremap', call.enter);
          }
        return '';
      case 'chdir': {
        if ('fd' in operation.target) {
          const description = bound.get(operation.target.fd);
          if (description) thread.directory.at = description.inode ?? description.outsidePath ?? '/';
          return '';
        }
        const place = this.place(operation.target, thread, bound, true);
        if (place.kind === 'outside') thread.directory.at = place.path;
        else if (place.kind !== 'missing' && place.inode) thread.directory.at = place.inode;
        return '';
      }
      case 'unshare':
        if (operation.files) {
          thread.files.users--;
          thread.files = thread.files.copy();
        }
        if (operation.directory) thread.directory = { ...thread.directory };
        return '';
      case 'execve':
        if (thread.files.users > 1) {
          thread.files.users--;
          thread.files = thread.files.copy();
        }
        thread.files.closeOnExec();
        unmapped(thread.files.mappings, call.exit);
        thread.files.mappings = [];
        return '';
      case 'connect':
        if (this.acks.isAckSocket(operation.path)) {
          const description = outside(null);
          description.role = 'ack';
          thread.files.set(operation.fd, description, true);
        }
        return '';
      case 'send': {
        const description = bound.get(operation.file.fd);
        if (description?.role === 'ack' && operation.payload) {
          this.acks.push(description, 'ack', operation.payload.subarray(0, result), call);
        }
        return '';
      }
      case 'sync':
      case 'sync_all':
      case 'msync':
      case 'opaque':
      case 'exit':
        return '';
    }
  }

  private open(call: Call, operation: OperationOf<'open'>, fd: number, thread: Thread, bound: Bound): string {
    const { at, flags } = operation;
    const writable = flags.has('O_WRONLY') || flags.has('O_RDWR');
    const description = outside(null);
    description.writable = writable;
    description.append = flags.has('O_APPEND');
    // O_SYNC contains O_DSYNC's bit; strace prints the wider name (open(2)).
    description.syncOnWrite = flags.has('O_SYNC') ? 'file' : flags.has('O_DSYNC') ? 'data' : 'no';
    const shown = call.result.kind === 'value' ? (call.result.file?.path ?? null) : null;
    let place = this.place(
      at,
      thread,
      bound,
      !(flags.has('O_NOFOLLOW') || (flags.has('O_EXCL') && flags.has('O_CREAT'))),
    );
    if (place.kind === 'outside' && shown !== null && this.wouldBeInside(shown))
      place = this.walk.byAbsolutePath(shown);
    let title = '';
    const path = displayPath(shownPlace(place, at));
    if (place.kind === 'outside') {
      description.outsidePath = place.path;
    } else if (flags.has('O_TMPFILE')) {
      description.inode = this.state.newInode('file', made(operation.mode, thread));
    } else if (place.kind === 'missing') {
      throw new Disagreement(null, `${path} was opened, and is not known`);
    } else if (place.inode) {
      description.inode = place.inode;
      if (flags.has('O_TRUNC') && place.inode.kind === 'file') {
        this.state.resize(place.inode, 0);
        title = `open(${path}, O_TRUNC)`;
      }
    } else if (place.kind === 'name' && flags.has('O_CREAT')) {
      description.inode = this.state.newInode('file', made(operation.mode, thread));
      this.state.setEntry(place.directory, place.name, description.inode);
      title = `creat(${path})`;
    } else {
      throw new Disagreement(null, `${path} was opened, and is not known`);
    }
    if (writable && description.inode) description.inode.writers++;
    thread.files.set(fd, description, flags.has('O_CLOEXEC'));
    return title;
  }

  private write(call: Call, operation: OperationOf<'write'>, count: number, bound: Bound): string {
    const description = bound.get(operation.file.fd);
    if (!description) return '';
    if (description.role && operation.payload) {
      this.acks.push(description, description.role, operation.payload.subarray(0, count), call);
    }
    const inode = description.inode;
    let offset = operation.offset;
    // pwrite on an O_APPEND descriptor appends as well (pwrite(2), BUGS).
    const appends = description.append && !operation.flags.has('RWF_NOAPPEND');
    if (inode && (appends || operation.flags.has('RWF_APPEND'))) {
      if (offset === null) description.offset = inode.content.size + count;
      offset = inode.content.size;
    } else if (offset === null) {
      offset = description.offset;
      advance(description, count);
    }
    if (inode?.kind !== 'file') return '';
    if (count === 0) return '';
    if (offset === null) {
      this.makeOpaque(inode, 'it was written at a file position the trace does not tell', call.enter);
      return '';
    }
    if (!operation.payload || operation.payload.length < count) {
      this.makeOpaque(inode, 'a payload is cut short in the trace', call.enter);
      this.state.write(inode, offset, Buffer.alloc(count));
    } else {
      this.state.write(inode, offset, operation.payload.subarray(0, count));
    }
    return `write(${displayPath(pathOf(inode))}, ${offset}, ${count})`;
  }

  private truncate(operation: OperationOf<'truncate'>, thread: Thread, bound: Bound): string {
    const inode = this.target(operation.target, thread, bound);
    if (!inode) return '';
    this.state.resize(inode, operation.length);
    return `truncate(${displayPath(pathOf(inode))}, ${operation.length})`;
  }

  /** Every mode of fallocate(2). */
  private allocate(operation: OperationOf<'fallocate'>, bound: Bound): string {
    const inode = bound.get(operation.file.fd)?.inode;
    if (!inode) return '';
    const { mode, offset, length } = operation;
    const end = offset + length;
    const size = inode.content.size;
    const has = (name: string): boolean => mode.has(`FALLOC_FL_${name}`);
    if (has('COLLAPSE_RANGE')) {
      this.state.write(inode, offset, inode.content.read(end, size));
      this.state.resize(inode, size - length);
    } else if (has('INSERT_RANGE')) {
      const tail = inode.content.read(offset, size);
      this.state.resize(inode, size + length);
      this.state.write(inode, offset + length, tail);
      this.state.zero(inode, offset, length);
    } else {
      if (has('PUNCH_HOLE') || has('ZERO_RANGE')) {
        this.state.zero(inode, offset, has('KEEP_SIZE') ? Math.max(0, Math.min(end, size) - offset) : length);
      }
      if (!has('KEEP_SIZE') && end > size) this.state.resize(inode, end);
    }
    return `fallocate(${displayPath(pathOf(inode))}, ${[...mode].join('|') || 0}, ${offset}, ${length})`;
  }

  private copy(
    call: Call,
    operation: OperationOf<'copy'>,
    result: number,
    bound: Bound,
    fromPipe: Buffer | null,
  ): string {
    const from = bound.get(operation.from.fd);
    const to = bound.get(operation.to.fd);
    const inode = to?.inode;
    const fromOffset = operation.fromOffset ?? from?.offset ?? null;
    let toOffset = operation.toOffset ?? to?.offset ?? null;
    if (to?.append && inode) toOffset = inode.content.size;
    const count = operation.whole ? (from?.inode?.content.size ?? 0) : result;
    if (operation.fromOffset === null) advance(from, result);
    if (operation.toOffset === null && !operation.whole) advance(to, result);
    if (inode?.kind !== 'file' || count === 0) return '';
    let bytes = fromPipe;
    if (bytes === null && fromOffset !== null && from?.inode)
      bytes = from.inode.content.read(fromOffset, fromOffset + count);
    else if (bytes === null && fromOffset !== null && from?.outsidePath)
      bytes = readOutside(from.outsidePath, fromOffset, count);
    if (toOffset === null || bytes === null) {
      this.makeOpaque(inode, `${call.name} copied bytes that are not in the trace`, call.enter);
      if (toOffset === null) return '';
    }
    this.state.write(inode, toOffset, bytes ?? Buffer.alloc(count));
    return `${call.name}(${displayPath(pathOf(inode))}, ${toOffset}, ${count})`;
  }

  /** What goes into a pipe is there for a reader from when the call is entered, which waits while the pipe is full. */
  private enterPipe(call: Call, bound: Bound): void {
    const { operation, result } = call;
    const { into, outOf } = pipeEnds(operation);
    if (outOf !== null) this.pipes.reading(outOf);
    if (!this.pipes.knows(into)) return;
    const count = result.kind === 'value' ? result.value : 0;
    let bytes: Buffer | null = null;
    if (result.kind === 'none') bytes = null;
    else if (count === 0) bytes = Buffer.alloc(0);
    else if (operation.op === 'write') bytes = operation.payload?.subarray(0, count) ?? null;
    else if (operation.op === 'copy') {
      const from = bound.get(operation.from.fd);
      const offset = operation.fromOffset ?? from?.offset ?? null;
      if (offset !== null && from?.inode) bytes = from.inode.content.read(offset, offset + count);
      else if (offset !== null && from?.outsidePath) bytes = readOutside(from.outsidePath, offset, count);
    }
    this.pipes.writing(into, bytes !== null && bytes.length < count ? null : bytes);
  }

  /** The bytes that a call took out of a pipe; null when it did not, or when they are not known. */
  private leavePipe({ operation, result }: Call): Buffer | null {
    const { into, outOf } = pipeEnds(operation);
    if (into !== null) this.pipes.written(into);
    if (outOf === null) return null;
    if (result.kind === 'none') this.pipes.giveUp(outOf);
    return this.pipes.read(outOf, result.kind === 'value' ? result.value : 0);
  }

  private rename(call: Call, operation: OperationOf<'rename'>, thread: Thread, bound: Bound): string {
    const from = this.place(operation.from, thread, bound, false);
    const to = this.place(operation.to, thread, bound, false);
    const shown = `rename(${displayPath(shownPlace(from, operation.from))}, ${displayPath(shownPlace(to, operation.to))})`;
    if (from.kind === 'outside' && to.kind === 'outside') return '';
    if (to.kind === 'outside' && from.kind === 'name') {
      this.state.setEntry(from.directory, from.name, null);
      return shown;
    }
    if (from.kind === 'outside' && to.kind === 'name') {
      const inode = this.state.newInode('file');
      this.state.setEntry(to.directory, to.name, inode);
      this.doubt(
        entry(to),
        'it was moved in from outside the directory: its contents are not known',
        call.enter,
      );
      this.makeOpaque(inode, 'it was moved in from outside the directory', call.enter);
      return shown;
    }
    if (from.kind !== 'name' || !from.inode || to.kind !== 'name') {
      throw new Disagreement(null, `${shown} succeeded, and its files are not known`);
    }
    this.state.rename(from, to, operation.exchange);
    return shown;
  }

  private link(call: Call, operation: OperationOf<'link'>, thread: Thread, bound: Bound): string {
    const from = this.place(operation.from, thread, bound, !operation.from.noFollow);
    const to = this.place(operation.to, thread, bound, false);
    const path = displayPath(shownPlace(to, operation.to));
    if (to.kind === 'outside') return '';
    if (to.kind !== 'name')
      throw new Disagreement(null, `link to ${path} succeeded, and its directory is not known`);
    let inode: Inode | null = from.kind === 'outside' || from.kind === 'missing' ? null : from.inode;
    if (!inode) {
      inode = this.state.newInode('file');
      this.makeOpaque(inode, 'it was linked in from outside the directory', call.enter);
    }
    const title = `link(${displayPath(pathOf(inode))}, ${path})`;
    this.state.setEntry(to.directory, to.name, inode);
    return title;
  }

  private create(at: PathAt, thread: Thread, bound: Bound, verb: string, make: () => Inode): string {
    const place = this.place(at, thread, bound, false);
    if (place.kind === 'outside') return '';
    const path = shownPlace(place, at);
    if (place.kind !== 'name' || place.inode)
      throw new Disagreement(null, `${displayPath(path)} could not be made here`);
    this.state.setEntry(place.directory, place.name, make());
    return `${verb}(${displayPath(path)})`;
  }

  private map(
    call: Call,
    operation: OperationOf<'mmap'>,
    address: number,
    thread: Thread,
    bound: Bound,
  ): void {
    const description = bound.get(operation.file.fd);
    const inode = description?.inode;
    if (!inode) return;
    const { length, offset, writable } = operation;
    const mapping: Mapping = { address, length, offset, inode, mayWrite: description.writable, span: null };
    thread.files.mappings.push(mapping);
    if (writable) makeWritable(mapping, call);
  }

  private protect(call: Call, { writable, address, length }: OperationOf<'mprotect'>, thread: Thread): void {
    if (!writable) return;
    for (const mapping of thread.files.mappings)
      if (mapping.mayWrite && overlaps(mapping, address, length)) makeWritable(mapping, call);
  }

  private sync(
    call: Call,
    operation: OperationOf<'sync'> | OperationOf<'sync_all'> | OperationOf<'msync'>,
    thread: Thread,
    bound: Bound,
  ): void {
    this.mayHaveSynced(call, operation.op === 'sync' ? (bound.get(operation.file.fd)?.inode ?? null) : null);
    if (call.exit === Number.POSITIVE_INFINITY) return;
    const errno = call.result.kind === 'error' ? call.result.errno : null;
    if (operation.op === 'sync_all') {
      this.addStep(call, 'sync()', { sync: { scope: 'everything', inode: null, errno } });
      return;
    }
    if (operation.op === 'msync') {
      const mapping = thread.files.mappings.findLast((known) => overlaps(known, operation.address, 1));
      if (mapping && operation.sync) {
        const range = mappedBytes(mapping, operation.address, operation.length);
        this.addStep(call, `msync(${displayPath(pathOf(mapping.inode))})`, {
          sync: { scope: 'mapping', inode: mapping.inode, range, errno },
        });
      }
      return;
    }
    const inode = bound.get(operation.file.fd)?.inode;
    if (!inode) return;
    if (operation.scope === 'filesystem') {
      this.addStep(call, `syncfs(${displayPath(pathOf(inode))})`, {
        sync: { scope: 'everything', inode: null, errno },
      });
      return;
    }
    const names = { full: 'fcntl(F_FULLFSYNC)', barrier: 'fcntl(F_BARRIERFSYNC)' } as const;
    const verb =
      operation.scope === 'full' || operation.scope === 'barrier' ? names[operation.scope] : call.name;
    this.addStep(call, `${verb}(${displayPath(pathOf(inode))})`, {
      sync: { scope: operation.scope, inode, errno },
    });
  }

  /** Which part of which mapping an msync is about is not asked here: it may have been moved where nobody saw it. */
  private mayHaveSynced({ enter, exit, operation }: Call, inode: Inode | null): void {
    const ofAll = ['filesystem', 'full', 'barrier'];
    const isOfAll = operation.op === 'sync' && ofAll.includes(operation.scope);
    this.mapped.finder?.synced({ inode: isOfAll ? null : inode, enter, exit });
  }

  /** What a write on an O_SYNC or O_DSYNC descriptor, or one with RWF flags, asks for. */
  private ownSync(operation: Operation, bound: Bound): SyncRequest | null {
    const file = operation.op === 'write' ? operation.file : operation.op === 'copy' ? operation.to : null;
    if (!file) return null;
    const description = bound.get(file.fd);
    if (!description?.inode) return null;
    const flags: ReadonlySet<string> = operation.op === 'write' ? operation.flags : new Set();
    if (description.syncOnWrite === 'file' || flags.has('RWF_SYNC')) {
      return { scope: 'own_file', inode: description.inode, errno: null };
    }
    if (description.syncOnWrite === 'data' || flags.has('RWF_DSYNC')) {
      return { scope: 'own_data', inode: description.inode, errno: null };
    }
    return null;
  }

  private opaque(call: Call, operation: OperationOf<'opaque'>, thread: Thread, bound: Bound): void {
    if (operation.everything) {
      this.doubt(null, operation.reason, call.enter);
      return;
    }
    for (const file of operation.files) {
      const inode = bound.get(file.fd)?.inode;
      if (inode) this.makeOpaque(inode, operation.reason, call.enter);
    }
    for (const at of operation.paths) {
      const place = this.place(at, thread, bound, true);
      if (place.kind === 'name' || place.kind === 'inode') {
        if (place.inode) this.makeOpaque(place.inode, operation.reason, call.enter);
        if (place.kind === 'name') this.doubt(entry(place), operation.reason, call.enter);
      }
    }
  }

  /** A call cut short by the end of its process or of the log may have done its work, in whole or in part. */
  private neverReturned(call: Call, thread: Thread, bound: Bound): void {
    const { op } = call.operation;
    const target = call.operation;
    const mayChange = [
      'open',
      'write',
      'truncate',
      'fallocate',
      'copy',
      'rename',
      'link',
      'symlink',
      'unlink',
      'mkdir',
      'mknod',
    ];
    if (!mayChange.includes(op)) return;
    if (target.op === 'write' || target.op === 'copy' || target.op === 'fallocate') {
      const inode = bound.get((target.op === 'copy' ? target.to : target.file).fd)?.inode;
      if (inode) this.makeOpaque(inode, `${call.name} never returned`, call.enter);
      return;
    }
    if (target.op === 'open' && !target.flags.has('O_CREAT') && !target.flags.has('O_TRUNC')) return;
    const at = 'at' in target ? target.at : 'to' in target ? (target.to as PathAt) : null;
    const place = at ? this.place(at, thread, bound, false) : null;
    if (place?.kind === 'outside') return;
    this.doubt(place?.kind === 'name' ? entry(place) : null, `${call.name} never returned`, call.enter);
  }

  // Paths.

  private place(at: PathAt, thread: Thread, bound: Bound, followLast: boolean): Place {
    if (at.emptyPath && at.path === '') {
      const description = at.directory ? bound.get(at.directory.fd) : null;
      return description?.inode ? { kind: 'inode', inode: description.inode } : { kind: 'outside', path: '' };
    }
    const fd = descriptorInPath(at.path);
    if (fd !== null && followLast) {
      const description = bound.get(fd);
      return description?.inode
        ? { kind: 'inode', inode: description.inode }
        : { kind: 'outside', path: description?.outsidePath ?? at.path };
    }
    if (at.path.startsWith('/')) return this.walk.resolve('/', at.path, followLast && !at.noFollow);
    let start: Inode | BytePath = thread.directory.at;
    if (at.directory) {
      const description = bound.get(at.directory.fd);
      start = description?.inode ?? description?.outsidePath ?? '/';
    }
    return this.walk.resolve(start, at.path, followLast && !at.noFollow);
  }

  private target(target: PathAt | Descriptor, thread: Thread, bound: Bound): Inode | null {
    if ('fd' in target) return bound.get(target.fd)?.inode ?? null;
    const place = this.place(target, thread, bound, true);
    if (place.kind === 'outside') return null;
    if (place.kind === 'missing' || !place.inode)
      throw new Disagreement(null, `${displayPath(target.path)} is not known`);
    return place.inode;
  }

  // Results.

  private addStep(
    call: Call,
    title: string,
    rest: { sync?: SyncRequest | null; released?: Inode | null },
  ): void {
    const index = this.steps.length;
    const effects = [];
    for (let id = this.state.effects.length - 1; id >= 0 && this.state.effects[id]!.step === index; id--) {
      effects.unshift(this.state.effects[id]!);
    }
    const { enter, exit } = call;
    this.steps.push({
      index,
      call,
      enter,
      exit,
      title,
      effects,
      sync: rest.sync ?? null,
      released: rest.released ?? null,
    });
  }

  private makeOpaque(inode: Inode, reason: string, since: number): void {
    inode.opaque ??= { reason, since };
  }

  private doubt(path: BytePath | null, reason: string, since: number): void {
    if (!this.doubts.some((known) => known.path === path && known.reason === reason)) {
      this.doubts.push({ path, reason, since });
    }
  }
}

/** A call succeeded that could not have succeeded on our logical state: a fault of ours, or of the trace. */
class Disagreement extends Error {
  constructor(
    readonly path: BytePath | null,
    message: string,
  ) {
    super(message);
  }
}

/** The mode of what a thread makes: less what its mask takes away (umask(2)). */
/** What of a file's attributes a call asks for, behind its path. */
function asked(change: AttributeChange): string {
  switch (change.what) {
    case 'mode':
      return `, 0${change.mode.toString(8)}`;
    case 'owner':
      return `, ${change.uid ?? -1}, ${change.gid ?? -1}`;
    case 'xattr':
      return `, ${displayPath(change.name)}`;
    default:
      return '';
  }
}

function made(mode: number, { directory: { umask } }: Thread): { mode: number; modeKnown: boolean } {
  return { mode: mode & ~(umask ?? 0o022), modeKnown: umask !== null };
}

/** The pipes that a call puts bytes into and takes them out of, by the names of their descriptions. */
function pipeEnds(operation: Operation): { into: string | null; outOf: string | null } {
  const name = ({ describedAs }: Descriptor): string | null =>
    describedAs?.startsWith('pipe:') ? describedAs : null;
  switch (operation.op) {
    case 'write':
      return { into: name(operation.file), outOf: null };
    case 'read':
      return { into: null, outOf: name(operation.file) };
    case 'copy':
      return { into: name(operation.to), outOf: name(operation.from) };
    default:
      return { into: null, outOf: null };
  }
}

function outside(path: BytePath | null): Description {
  return {
    inode: null,
    outsidePath: path,
    offset: 0,
    append: false,
    writable: false,
    syncOnWrite: 'no',
    role: null,
    references: 0,
  };
}

function advance(description: Description | null | undefined, count: number): void {
  if (description && description.offset !== null) description.offset += count;
}

function entry(place: { directory: Inode; name: BytePath }): BytePath {
  const above = pathOf(place.directory);
  return above === '.' ? place.name : `${above}/${place.name}`;
}

/** Bytes of a file outside the directory that was copied from; null when they can no longer be read. */
function readOutside(path: BytePath, offset: number, length: number): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(pathBytes(path), 'r');
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.alloc(length);
    const count = readSync(descriptor, bytes, 0, length, offset);
    return count === length ? bytes : null;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

import { type BytePath, displayPath, toBytePath } from '../../syscalls/byte-path.js';
import type { Call, Descriptor, Operation, PathAt } from '../../syscalls/call.js';
import type { Owner } from '../../trace/attributes.js';
import { type AckSource, AckStream } from '../ack-stream.js';
import type { Description, Thread } from '../descriptors.js';
import type { DirectoryTree } from '../directory-tree.js';
import type { Doubt, Step, SyncRequest } from '../history.js';
import { type Inode, pathOf } from '../inode.js';
import { LogicalState } from '../logical-state.js';
import { descriptorInPath, PathWalk, type Place } from '../path-walk.js';
import { PipeContents } from '../pipe-contents.js';
import type { Sightings } from '../stores.js';
import type { Gap, ToldBytes } from '../told-bytes.js';
import { WordsInHand } from '../words-in-hand.js';

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
  /** Whom it was started as; without it the owner of a file it makes is not known. */
  user?: Owner | undefined;
  /** What the directory held after the last call; null when it is not known. */
  final?: DirectoryTree | null;
}

export type OperationOf<K extends Operation['op']> = Extract<Operation, { op: K }>;

/** Descriptions as they were when the call was entered. */
export type Bound = ReadonlyMap<number, Description | null>;

/** A call on the point of returning, who made it, and what its descriptors meant when it was entered. */
export interface Returning {
  readonly call: Call;
  /** What it returned. */
  readonly result: number;
  readonly thread: Thread;
  readonly bound: Bound;
  /** The bytes it took out of a pipe; null when it did not, or when they are not known. */
  readonly fromPipe: Buffer | null;
}

/** What the calls replayed so far have made of the directory, and what is known and not known of it. */
export class World {
  readonly state: LogicalState;
  readonly walk: PathWalk;
  readonly acks: AckStream;
  readonly pipes = new PipeContents();
  readonly words = new WordsInHand();
  readonly threads = new Map<number, Thread>();
  /** Children of calls that never returned, if there are any: their numbers are not known. */
  readonly unannounced: Thread[] = [];
  readonly steps: Step[] = [];
  readonly doubts: Doubt[] = [];
  /** Descriptions that were sent to others, who may use them after the sender closed its own. */
  readonly passed = new Map<Inode, Set<Description>>();
  /** Bytes that calls put into files and that the trace does not hold. */
  readonly gaps: Gap[] = [];
  /** What the kernel calls the file that is standard output, once a call has told. */
  standardOutput: BytePath | null = null;
  /** The file whose last writer went with the call at hand. */
  released: Inode | null = null;

  constructor(
    options: ReplayOptions,
    /** What an earlier replay could tell of such bytes. */
    private readonly told: ToldBytes,
  ) {
    this.state = new LogicalState(options.initial);
    this.walk = new PathWalk(this.state.root, toBytePath(options.rootPath));
    this.acks = new AckStream(options.acks);
  }

  inside(path: BytePath): Inode | null {
    if (!path.startsWith('/')) return null;
    const place = this.walk.byAbsolutePath(path);
    return place.kind === 'name' || place.kind === 'inode' ? place.inode : null;
  }

  wouldBeInside(path: BytePath): boolean {
    return path.startsWith('/') && this.walk.byAbsolutePath(path).kind !== 'outside';
  }

  /** Where a path of a call leads. */
  place(at: PathAt, { thread, bound }: Pick<Returning, 'thread' | 'bound'>, followLast: boolean): Place {
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

  /** The file that a call names by a path or a descriptor; null for one outside. */
  target(target: PathAt | Descriptor, returning: Pick<Returning, 'thread' | 'bound'>): Inode | null {
    if ('fd' in target) return returning.bound.get(target.fd)?.inode ?? null;
    const place = this.place(target, returning, true);
    if (place.kind === 'outside') return null;
    if (place.kind === 'missing' || !place.inode)
      throw new Disagreement(null, `${displayPath(target.path)} is not known`);
    return place.inode;
  }

  addStep(
    call: Call,
    title: string,
    rest: { sync?: SyncRequest | null; released?: Inode | null } = {},
  ): void {
    const index = this.steps.length;
    const effects = [];
    for (let id = this.state.effects.length - 1; id >= 0 && this.state.effects[id]!.step === index; id--) {
      effects.unshift(this.state.effects[id]!);
    }
    const { enter, exit } = call;
    const { sync = null, released = null } = rest;
    this.steps.push({ index, call, enter, exit, title, effects, sync, released });
  }

  /** Nobody knows what the file holds from here on; `maySync`: nor whether something of it was made durable. */
  makeOpaque(inode: Inode, reason: string, since: number, maySync = false): void {
    inode.opaque ??= { reason, since };
    if (maySync) inode.perhapsSynced ??= { reason, since };
  }

  /** The bytes that a call put into a file, where the trace does not hold them: as they were found later, or null. */
  bytesOf(call: Call, inode: Inode, offset: number): Buffer | null {
    const known = this.told.get(call);
    if (known) return known;
    this.gaps.push({ call, inode: inode.id, offset });
    return null;
  }

  doubt(path: BytePath | null, reason: string, since: number): void {
    if (!this.doubts.some((known) => known.path === path && known.reason === reason)) {
      this.doubts.push({ path, reason, since });
    }
  }
}

/** A call succeeded that could not have succeeded on our logical state: a fault of ours, or of the trace. */
export class Disagreement extends Error {
  constructor(
    readonly path: BytePath | null,
    message: string,
  ) {
    super(message);
  }
}

/** A description of something that is not in the program's directory. */
export function outside(path: BytePath | null): Description {
  return {
    inode: null,
    outsidePath: path,
    offset: 0,
    append: false,
    writable: false,
    syncOnWrite: 'no',
    role: null,
    byHandle: false,
    references: 0,
  };
}

/** The path of a name in a directory. */
export function entryPath(place: { directory: Inode; name: BytePath }): BytePath {
  const above = pathOf(place.directory);
  return above === '.' ? place.name : `${above}/${place.name}`;
}

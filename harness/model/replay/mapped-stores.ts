import { displayPath } from '../../syscalls/byte-path.js';
import type { Call, Operation } from '../../syscalls/call.js';
import { type Inode, pathOf } from '../inode.js';
import { type Sightings, type Store, type StoreFinder, seenPath } from '../stores.js';
import { OverlappingCalls } from './overlapping-calls.js';
import type { World } from './world.js';

/** Puts stores that were found in an earlier replay into their places among the effects. */
export function playStores(world: World, stores: readonly Store[]): void {
  const places = new Map<string, Store[]>();
  for (const store of stores) {
    const key = `${store.inode} ${store.position}`;
    const group = places.get(key);
    if (group) group.push(store);
    else places.set(key, [store]);
  }
  for (const group of places.values()) {
    const [{ inode: id, position, call }] = group as [Store, ...Store[]];
    const inode = world.state.inodes[id]!;
    world.state.step = world.steps.length;
    world.state.position = position;
    for (const { offset, bytes, certain } of group)
      world.state.store(inode, offset, bytes, certain ? 'certain' : 'perhaps');
    const title = `store(${displayPath(pathOf(inode))}, through mmap)`;
    world.addStep({ ...call, enter: position, exit: position }, title);
  }
}

/** Looks for stores in what was seen of mapped files. */
export class StoreWatch {
  /** Calls that change what files hold. */
  private readonly changes: OverlappingCalls<Call>;
  /** The call that each thread entered last. */
  private readonly entered = new Map<number, Call>();

  constructor(
    private readonly world: World,
    private readonly finder: StoreFinder,
    private readonly seen: Sightings | undefined,
    calls: readonly Call[],
  ) {
    this.changes = new OverlappingCalls(
      calls.filter(({ operation, result }) => result.kind !== 'error' && changesContents(operation)),
    );
  }

  /**
   * The one who gives an ack waits for the sighting. It is of that moment where nobody else can store or has changed
   * anything meanwhile.
   */
  atAck(call: Call): void {
    const { world } = this;
    const atAck = this.seen?.atAck;
    if (!atAck || !this.waits(call)) return;
    if ((world.steps.at(-1)?.exit ?? 0) > call.enter || this.isDisturbed(call)) return;
    for (const inode of world.state.inodes) {
      if (inode.spans.length === 0 || this.othersStore(inode, call)) continue;
      const path = seenPath(inode);
      if (path !== null)
        this.finder.look(inode, atAck(world.acks.acks.length, path), call.enter - 0.5, call.exit);
    }
  }

  /**
   * What was seen between a call's entry and its work. Where others have the mapping, too, they may have stored between
   * the two, and go on during the call: what they did is then known to be there before a sync call's work, but not
   * whether it was before a word to others.
   */
  beforeCall(call: Call): void {
    this.entered.set(call.pid, call);
    const sighting = this.seen?.beforeCalls?.get(call);
    if (!sighting || this.isDisturbed(call)) return;
    const syncs = isSync(call.operation);
    for (const inode of this.world.state.inodes) {
      if (inode.spans.length === 0) continue;
      const path = inode.calledByKernel ?? seenPath(inode);
      const content = path === null ? undefined : sighting.get(path);
      if (!content) continue;
      const before = call.enter - 0.5;
      if (!this.othersStore(inode, call)) this.finder.look(inode, content, before, call.exit);
      else if (syncs) this.finder.look(inode, content, before);
      else this.finder.look(inode, content, call.exit + 0.25, before);
    }
  }

  /** Somebody but the caller can store in a file while the call lasts. */
  private othersStore(inode: Inode, call: Call): boolean {
    const { threads } = this.world;
    return [...threads].some(
      ([pid, { files }]) =>
        pid !== call.pid &&
        files.mappings.some((mapping) => mapping.inode === inode && mapping.span !== null) &&
        !this.waitsDuring(pid, call),
    );
  }

  /** A thread is in a system call all the while, one that leaves its memory as it is. */
  private waitsDuring(pid: number, { enter, exit }: Call): boolean {
    const inside = this.entered.get(pid);
    return inside !== undefined && inside.enter < enter && inside.exit > exit && leavesMemory(inside);
  }

  /** Another thread changes a file while somebody looks: in what was seen its change may be, or not. */
  private isDisturbed(call: Call): boolean {
    for (const { pid } of this.changes.with(call)) if (pid !== call.pid) return true;
    return false;
  }

  /** A write to standard output returns when the ack is taken; what is sent to a socket need not be waited for. */
  private waits({ operation, pid }: Call): boolean {
    if (operation.op !== 'write') return false;
    return this.world.threads.get(pid)?.files.get(operation.file.fd)?.role === 'stdout';
  }

  /** `end`: a position behind everything in the log. */
  atEnd(end: number): void {
    for (const inode of this.world.state.inodes) {
      if (inode.spans.length === 0) continue;
      const path = seenPath(inode);
      const seen = path === null ? null : this.seen?.atEnd(path);
      if (seen) this.finder.look(inode, seen, end - 0.5);
      this.finder.unresolved(inode);
    }
  }

  /**
   * A sync call is entered, whatever comes of it; MS_ASYNC makes nothing durable (msync(2)). Which part of which mapping
   * it is about is not asked here: that may have been moved where nobody saw it.
   */
  enteredSync(call: Call, inode: Inode | null): void {
    const { operation } = call;
    if (isSync(operation) && (operation.op !== 'msync' || operation.sync)) this.mayHaveSynced(call, inode);
  }

  mayHaveSynced({ enter, exit, operation }: Call, inode: Inode | null): void {
    const ofAll = ['filesystem', 'full', 'barrier'];
    const isOfAll = operation.op === 'sync' && ofAll.includes(operation.scope);
    this.finder.synced({ inode: isOfAll ? null : inode, enter, exit });
  }
}

function isSync({ op }: Operation): boolean {
  return op === 'sync' || op === 'sync_all' || op === 'msync';
}

/** What a read brings may have been put into a mapping, and nobody knows when: strace prints no address. */
function leavesMemory({ operation, result }: Call): boolean {
  if (operation.op === 'read') return result.kind !== 'value' || result.value === 0;
  return ['wait', 'open', 'write', 'sync', 'sync_all', 'msync', 'connect', 'send'].includes(operation.op);
}

function changesContents(operation: Operation): boolean {
  if (operation.op === 'write') return !/^(pipe|socket):/.test(operation.file.describedAs ?? '');
  if (operation.op === 'open') return operation.flags.has('O_TRUNC');
  return ['truncate', 'fallocate', 'copy', 'opaque'].includes(operation.op);
}

import { displayPath } from '../../syscalls/byte-path.js';
import type { Call } from '../../syscalls/call.js';
import { type Inode, pathOf } from '../inode.js';
import { type Sightings, type Store, type StoreFinder, seenPath } from '../stores.js';
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
  constructor(
    private readonly world: World,
    private readonly finder: StoreFinder,
    private readonly seen: Sightings | undefined,
  ) {}

  /**
   * The one who gives an ack waits for the sighting. It is of that moment where nobody else can store or has changed
   * anything meanwhile.
   */
  atAck(call: Call): void {
    const { world } = this;
    const atAck = this.seen?.atAck;
    if (!atAck || !this.waits(call)) return;
    if ((world.steps.at(-1)?.exit ?? 0) > call.enter) return;
    const own = world.threads.get(call.pid)?.files;
    for (const inode of world.state.inodes) {
      if (inode.spans.length === 0) continue;
      const holders = [...world.threads.values()].filter(({ files }) =>
        files.mappings.some((mapping) => mapping.inode === inode && mapping.span !== null),
      );
      if (holders.length > 1 || holders.some(({ files }) => files !== own)) continue;
      const path = seenPath(inode);
      if (path !== null)
        this.finder.look(inode, atAck(world.acks.acks.length, path), call.enter - 0.5, call.exit);
    }
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

  /** Which part of which mapping an msync is about is not asked here: it may have been moved where nobody saw it. */
  mayHaveSynced({ enter, exit, operation }: Call, inode: Inode | null): void {
    const ofAll = ['filesystem', 'full', 'barrier'];
    const isOfAll = operation.op === 'sync' && ofAll.includes(operation.scope);
    this.finder.synced({ inode: isOfAll ? null : inode, enter, exit });
  }
}

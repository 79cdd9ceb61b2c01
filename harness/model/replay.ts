import type { Call, Operation } from '../syscalls/call.js';
import type { History } from './history.js';
import { coursesOf } from './interrupted-calls.js';
import { attributeCalls } from './replay/attribute-calls.js';
import type { AlsoWhenFailed, Change, Changes } from './replay/changes.js';
import { channelCalls, enterPassing, enterPipe, leavePipe } from './replay/channel-calls.js';
import { contentCalls, ownSync } from './replay/content-calls.js';
import { descriptorCalls } from './replay/descriptor-calls.js';
import { bindDescriptors, isStrangersEnd, threadOf } from './replay/entering.js';
import { madeOtherwise } from './replay/made.js';
import { playStores, StoreWatch } from './replay/mapped-stores.js';
import { mappingCalls } from './replay/mapping-calls.js';
import { nameCalls } from './replay/name-calls.js';
import { exited, forked, processCalls } from './replay/process-calls.js';
import { synced } from './replay/sync-calls.js';
import { neverReturned, unclear } from './replay/unclear-calls.js';
import {
  type Bound,
  Disagreement,
  type OperationOf,
  type ReplayOptions,
  type Returning,
  World,
} from './replay/world.js';
import { replayDifferences } from './replay-differences.js';
import { noteStores, type Store, StoreFinder } from './stores.js';
import { type Gap, type ToldBytes, tellBytes } from './told-bytes.js';
import { handsOn } from './words-in-hand.js';

/**
 * Runs the calls on a logical file system. Effects happen when their call returns; descriptors are looked up, closed
 * and inherited when it is entered, because that is when the kernel does it.
 *
 * What it cannot follow becomes a doubt about the files concerned, or about all of them: never a silent gap. Stores
 * through mappings, and bytes that calls brought from where the trace does not see them, are found in a first replay and
 * take their place among the effects in a second one.
 *
 * A call in which its process was killed was done or not, as what was left tells; where it does not tell, the history is
 * one of those that are possible, and knows the others.
 */
export function replay(calls: readonly Call[], options: ReplayOptions): History {
  const { final } = options;
  const courses = final ? coursesOf(calls) : null;
  if (!final || !courses) return replayAsTold(calls, options);
  const possible = differing(
    courses
      .map((course) => replayAsTold(course, options))
      .filter((history) => replayDifferences(history, final).length === 0),
  );
  const [first, ...others] = possible;
  if (!first) return replayAsTold(calls, options);
  return others.length === 0 ? first : { ...first, others };
}

/** Those that leave no more open than others do, each once. */
function differing(histories: readonly History[]): History[] {
  const least = Math.min(...histories.map(({ doubts }) => doubts.length));
  const known = new Map<string, History>();
  for (const history of histories) {
    if (history.doubts.length > least) continue;
    const key = JSON.stringify(history.steps.map(({ title, exit }) => [title, exit]));
    if (!known.has(key)) known.set(key, history);
  }
  return [...known.values()];
}

function replayAsTold(calls: readonly Call[], options: ReplayOptions): History {
  const history = replayOnce(calls, options);
  // Other rules were at work here: an access control list that new files inherit, say, or a user namespace.
  return madeOtherwise(history, options.final ?? null)
    ? replayOnce(calls, { ...options, umask: undefined, user: undefined })
    : history;
}

function replayOnce(calls: readonly Call[], options: ReplayOptions, told: ToldBytes = new Map()): History {
  const finder = new StoreFinder();
  const player = new Player(calls, options, { finder, stores: [], told });
  const history = player.run();
  const more = tellBytes(history, player.gaps, options.seen?.atEnd);
  // A gap that is closed is none in the next replay: this comes to an end.
  if (more.size > 0) return replayOnce(calls, options, new Map([...told, ...more]));
  // What was done in ways that nobody followed would be taken for stores.
  if (history.doubts.some(({ path }) => path === null)) return history;
  const stores = finder.stores.filter(({ inode }) => history.inodes[inode]!.opaque === null);
  if (stores.length === 0) return history;
  const known = new Player(calls, options, { finder: null, stores, told }).run();
  for (const { id, storeDoubts } of history.inodes) known.inodes[id]!.storeDoubts.push(...storeDoubts);
  noteStores(stores, known.inodes);
  return known;
}

/** Each family of calls has a file of its own; an operation without a place in one does not compile. */
const changes: Changes<Change> = {
  ...descriptorCalls,
  ...contentCalls,
  ...nameCalls,
  ...attributeCalls,
  ...mappingCalls,
  ...processCalls,
  ...channelCalls,
};

/** Takes the calls in the order in which the kernel did their work. */
class Player {
  private readonly world: World;
  private readonly watch: StoreWatch | null;
  private readonly stores: readonly Store[];
  private readonly bound = new Map<Call, Bound>();
  private end = 1;

  constructor(
    private readonly calls: readonly Call[],
    private readonly options: ReplayOptions,
    /** What is to be found out about stores, and what is known of them. */
    mapped: { finder: StoreFinder | null; stores: readonly Store[]; told: ToldBytes },
  ) {
    this.world = new World(options, mapped.told);
    this.watch = mapped.finder && new StoreWatch(this.world, mapped.finder, options.seen, calls);
    this.stores = [...mapped.stores].sort((a, b) => a.position - b.position);
  }

  /** Bytes that the trace does not hold. */
  get gaps(): readonly Gap[] {
    return this.world.gaps;
  }

  run(): History {
    const { world, stores } = this;
    const entries = this.calls.filter((call) => call.enter < call.exit).sort((a, b) => a.enter - b.enter);
    let next = 0;
    let nextStore = 0;
    const storesBefore = (position: number): void => {
      const first = nextStore;
      while (nextStore < stores.length && stores[nextStore]!.position < position) nextStore++;
      playStores(world, stores.slice(first, nextStore));
    };
    for (const call of this.calls) {
      storesBefore(call.exit);
      while (next < entries.length && entries[next]!.enter < call.exit) this.enter(entries[next++]!);
      if (call.enter === call.exit) this.enter(call);
      this.end = Math.max(this.end, Number.isFinite(call.exit) ? call.exit + 1 : call.enter + 1);
      const acks = world.acks.acks.length;
      this.leave(call);
      if (world.acks.acks.length > acks) this.watch?.atAck(call);
    }
    storesBefore(Number.POSITIVE_INFINITY);
    this.watch?.atEnd(this.end);
    const { root, inodes, effects } = world.state;
    const { steps, doubts } = world;
    return { root, inodes, steps, effects, ...world.acks.finish(), doubts, end: this.end };
  }

  private enter(call: Call): void {
    const { world } = this;
    if (isStrangersEnd(world, call)) return;
    const thread = threadOf(world, call, this.options);
    const { operation, result } = call;
    const bound = bindDescriptors(world, call, thread);
    this.bound.set(call, bound);
    this.watch?.beforeCall(call);
    this.watch?.enteredSync(
      call,
      operation.op === 'sync' ? (bound.get(operation.file.fd)?.inode ?? null) : null,
    );
    enterPipe(world, call, bound);
    enterPassing(world, call, bound);
    world.released = null;
    if (operation.op === 'close') thread.files.close(operation.fd);
    else if (operation.op === 'close_range' && !operation.cloexec && result.kind === 'value') {
      thread.files.closeRange(operation.first, operation.last, false);
    } else if (operation.op === 'fork') forked(world, thread, result, operation);
    if (call.enter < call.exit) this.closingStep(call);
  }

  private leave(call: Call): void {
    const { world } = this;
    if (isStrangersEnd(world, call)) return;
    const thread = threadOf(world, call, this.options);
    const bound = this.bound.get(call)!;
    this.bound.delete(call);
    if (call.enter < call.exit) world.released = null;
    const { operation, result } = call;
    const fromPipe = leavePipe(world, call, thread);
    const steps = world.steps.length;
    world.state.step = steps;
    world.state.position = call.exit;
    if (isAlsoWhenFailed(operation)) this.leaveInAnyCase(operation, { call, thread, bound });
    else if (result.kind === 'none') neverReturned(world, { call, thread, bound });
    else if (result.kind !== 'value') this.closingStep(call);
    else this.succeed(operation, { call, result: result.value, thread, bound, fromPipe });
    if (!handsOn(operation) || world.steps.length > steps) world.words.letGo(thread.files);
  }

  private leaveInAnyCase(
    operation: OperationOf<AlsoWhenFailed>,
    returning: Pick<Returning, 'call' | 'thread' | 'bound'>,
  ): void {
    if (operation.op === 'exit') exited(this.world, returning.call, returning.thread);
    else if (operation.op === 'opaque') unclear(this.world, operation, returning);
    else synced(this.world, operation, returning);
  }

  private succeed(operation: OperationOf<Change>, returning: Returning): void {
    const { world } = this;
    const { call, bound } = returning;
    const before = world.state.effects.length;
    let title: string;
    try {
      const change = changes[operation.op] as Changes<Change>[Change] as (
        world: World,
        operation: OperationOf<Change>,
        returning: Returning,
      ) => string;
      title = change(world, operation, returning);
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      world.doubt(error.path, `${call.name}: ${error.message}`, call.enter);
      title = '';
    }
    if (world.state.effects.length > before) {
      const sync = ownSync(operation, bound);
      if (sync) this.watch?.mayHaveSynced(call, sync.inode);
      world.addStep(call, title, { sync, released: world.released });
    } else this.closingStep(call);
  }

  private closingStep(call: Call): void {
    if (this.world.released) this.world.addStep(call, '', { released: this.world.released });
  }
}

function isAlsoWhenFailed(operation: Operation): operation is OperationOf<AlsoWhenFailed> {
  return ['sync', 'sync_all', 'msync', 'opaque', 'exit'].includes(operation.op);
}

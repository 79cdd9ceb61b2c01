/**
 * Spreads tasks over lanes. A lane that runs dry takes half of another's work, so one large crash point keeps
 * all of them busy. What comes back does not depend on which lane did what.
 *
 * One lane begins. The others are called when there is work for them: what few crash states take is done before another
 * lane's programs are loaded.
 */

import { lostPieces } from './decisions.js';
import { decodeDecisions, type EncodedDecisions, type FromLane, type ToLane } from './lane/messages.js';
import type { LookLimits } from './lane/recovery-messages.js';
import type { LaneClient } from './lane-client.js';
import type { RecoveredTrees } from './recovered-trees.js';
import type { TornTask } from './task-search.js';

type ExploreTask = Extract<ToLane, { type: 'explore' }>;
type JudgeTask = Extract<ToLane, { type: 'judge' }>;
export type LeafMessage = Extract<FromLane, { type: 'leaf' }>;
type Judged = Extract<FromLane, { type: 'judged' }>;

/** A crash point that is being explored. */
interface OpenPoint {
  /** Tasks under way. */
  open: number;
  /** None of its tasks ended early so far. */
  complete: boolean;
  /** More than one task worked on it. */
  shared: boolean;
  /** Nothing of it may be given away, and its starts come one after the other. */
  alone: boolean;
  leaves: number;
  limit: number;
  done: (explored: Explored & { leaves: number }) => void;
}

interface Lane {
  client: LaneClient;
  /** What it was given and has not answered; it does the first one. */
  tasks: (ExploreTask | JudgeTask)[];
  /** The memory it worked on last. */
  memory: number | null;
  /** A donation was asked for and has not been answered. */
  askedToDonate: boolean;
}

export interface LanePoolOptions {
  traceFolder: string;
  /** Fresh ones, started or not, which the pool takes over. */
  lanes: readonly LaneClient[];
  /** Another lane is called for so many recoveries, made or to be expected; 0: all begin at once. */
  recoveriesALane?: number | undefined;
  /** Where the trees of recovered states are noted, if they are to be looked at, and how much that may cost. */
  looking?: { trees: RecoveredTrees; limits: LookLimits } | undefined;
}

/** How the exploration of one crash point ended. */
export interface Explored {
  point: number;
  complete: boolean;
  /** More than one task worked on it, so that which leaves came before a limit is chance. */
  shared: boolean;
}

export interface ExploreOptions {
  /** Leaves at most. */
  limit: number;
  /** By one lane, in one order. */
  alone: boolean;
  /**
   * Crash points with the same number here have contents in common: they are best explored by one lane, which remembers
   * them, while there is other work for the rest.
   */
  memory?: number;
  /** Crash points with the same one here have the same crash states: a lane that knows those of one can tell those of all. */
  disk?: string;
  /** Where to: everything with whole writes, or below the places where single writes are torn. */
  starts?: readonly ExplorationStart[];
}

/** Below which decisions to explore, with all writes whole or one of them torn. */
export interface ExplorationStart {
  prefix: EncodedDecisions;
  torn?: TornTask;
}

/** So many that the trips to a lane cost little, and so few that the others are not left without work. */
const mostLikewise = 100;

/** The start of a lane takes the processor as long as so many recoveries (npm run bench: 300 ms, 3 ms each). */
const startInRecoveries = 100;
/** What the crash points of one flush take, roughly: they are not explored yet. */
const recoveriesAFlush = 4;

const allWhole: readonly ExplorationStart[] = [{ prefix: [] }];

/** The lanes were given up before the answer came. */
export class LanesGivenUp extends Error {
  override readonly name = 'LanesGivenUp';
}

export class LanePool {
  readonly #lanes: Lane[] = [];
  /** Those that were not called yet. */
  readonly #resting: LaneClient[];
  #begun = 0;
  #recoveries = 0;
  /** Single states, and what was given away. */
  readonly #queue: (ExploreTask | JudgeTask)[] = [];
  /** Crash points that wait, by their memory. */
  readonly #waiting = new Map<number, ExploreTask[]>();
  readonly #judging = new Map<number, (message: Judged | null) => void>();
  /** Open tasks of each crash point: the task itself and what was given away from it. */
  readonly #openTasks = new Map<number, OpenPoint>();
  readonly #memoryOf = new Map<number, number>();
  readonly #diskOf = new Map<number, string>();
  #nextTask = 0;
  #stopping = false;
  #abandoned = false;
  #failed: ((error: Error) => void) | null = null;
  /** Rejects when a lane dies. */
  readonly failure: Promise<never>;

  private constructor(
    private readonly options: LanePoolOptions,
    private readonly onLeaf: (leaf: LeafMessage) => void,
  ) {
    this.#resting = [...options.lanes];
    this.failure = new Promise((_, reject) => {
      this.#failed = reject;
    });
    this.failure.catch(() => {});
  }

  static async start(options: LanePoolOptions, onLeaf: (leaf: LeafMessage) => void): Promise<LanePool> {
    const pool = new LanePool(options, onLeaf);
    const first = options.recoveriesALane === 0 ? pool.#resting.length : 1;
    await Promise.all(Array.from({ length: first }, () => pool.#beginNext()));
    return pool;
  }

  async #beginNext(): Promise<void> {
    const { traceFolder, looking } = this.options;
    const client = this.#resting.shift();
    if (!client) return;
    this.#begun++;
    looking?.trees.addLane(client.folder);
    const lane: Lane = { client, tasks: [], memory: null, askedToDonate: false };
    await client.begin(
      { traceFolder, look: looking?.limits ?? null },
      (message) => this.#receive(lane, message),
      (reason) => this.#failed?.(typeof reason === 'string' ? new Error(reason) : reason),
    );
    this.#lanes.push(lane);
  }

  /** Calls further lanes as soon as there is enough to do for them. */
  #callForHelp(): void {
    const { recoveriesALane = startInRecoveries } = this.options;
    const isEnough = (): boolean =>
      this.#recoveries + this.#queue.length + recoveriesAFlush * this.#waiting.size >=
      this.#begun * recoveriesALane;
    while (this.#resting.length > 0 && !this.#stopping && isEnough())
      this.#beginNext().then(
        () => this.#dispatch(),
        (error: Error) => this.#failed?.(error),
      );
  }

  /** Explores a crash point; resolves when all of it, given away parts included, is done or the limit is reached. */
  async explore(point: number, options: ExploreOptions): Promise<Explored> {
    const { limit, alone, memory = 0, disk, starts = allWhole } = options;
    this.#memoryOf.set(point, memory);
    if (disk !== undefined) this.#diskOf.set(point, disk);
    if (!alone) return this.#exploreStarts(point, starts, { limit, alone });
    let left = limit;
    for (const start of starts) {
      const { complete, leaves } = await this.#exploreStarts(point, [start], { limit: left, alone });
      left -= leaves;
      if (!complete || (left < 1 && start !== starts.at(-1)))
        return { point, complete: false, shared: false };
    }
    return { point, complete: true, shared: false };
  }

  #exploreStarts(
    point: number,
    starts: readonly ExplorationStart[],
    { limit, alone }: { limit: number; alone: boolean },
  ): Promise<Explored & { leaves: number }> {
    if (this.#abandoned) return Promise.resolve({ point, complete: false, shared: false, leaves: 0 });
    const explored = new Promise<Explored & { leaves: number }>((done) => {
      // Held open until all of them are under way.
      const shared = starts.length > 1;
      const open = { open: 1, complete: true, shared, alone, leaves: 0, limit };
      this.#openTasks.set(point, { ...open, done });
    });
    for (const start of starts) this.#addExploration(point, start, limit, false);
    this.#closeTask(point, true);
    return Promise.race([explored, this.failure]);
  }

  /** Recovers and judges one crash state, all pending pieces present but the lost ones. Rejects with LanesGivenUp. */
  judge(point: number, lost: number[], options: { fromMemory: boolean }): Promise<Judged> {
    if (this.#abandoned) return Promise.reject(new LanesGivenUp());
    const task = this.#nextTask++;
    const judged = new Promise<Judged>((resolve, reject) =>
      this.#judging.set(task, (message) => (message ? resolve(message) : reject(new LanesGivenUp()))),
    );
    this.#queue.push({ type: 'judge', task, point, lost, ...options });
    this.#dispatch();
    return Promise.race([judged, this.failure]);
  }

  /** Ends the explorations that run, and starts none that wait: they resolve as incomplete. */
  stopExploring(): void {
    this.#stopping = true;
    this.#stop(() => true);
    this.#dropTasks(() => true);
  }

  /** Gives up what the lanes are at: whoever waits for it is told that it was not done. They are of no use any more. */
  abandon(): void {
    this.#abandoned = true;
    this.stopExploring();
    for (const [point, { shared, leaves, done }] of this.#openTasks) {
      done({ point, complete: false, shared, leaves });
    }
    this.#openTasks.clear();
    for (const tell of this.#judging.values()) tell(null);
    this.#judging.clear();
  }

  /** Ends explorations that lanes have begun with, or will after others. */
  #stop(which: (task: ExploreTask) => boolean): void {
    for (const { tasks, client } of this.#lanes) {
      for (const task of tasks)
        if (task.type === 'explore' && which(task)) client.send({ type: 'stop', task: task.task });
    }
  }

  /** Takes explorations that wait back: they end as incomplete. */
  #dropTasks(which: (task: ExploreTask) => boolean): void {
    const dropped: ExploreTask[] = [];
    const keep = (task: ExploreTask | JudgeTask): boolean => {
      if (task.type === 'judge' || !which(task)) return true;
      dropped.push(task);
      return false;
    };
    this.#queue.push(...this.#queue.splice(0).filter(keep));
    for (const [memory, tasks] of this.#waiting) {
      const kept = tasks.filter(keep);
      if (kept.length === tasks.length) continue;
      if (kept.length > 0) this.#waiting.set(memory, kept);
      else this.#waiting.delete(memory);
    }
    for (const { point } of dropped) this.#closeTask(point, false);
  }

  async close(): Promise<void> {
    this.#failed = null;
    await Promise.all(this.options.lanes.map((client) => client.close({ atOnce: this.#abandoned })));
  }

  #addExploration(point: number, start: ExplorationStart, maxLeaves: number, given: boolean): void {
    if (this.#abandoned) return;
    this.#openTasks.get(point)!.open++;
    if (this.#stopping) {
      this.#closeTask(point, false);
      return;
    }
    const task: ExploreTask = { type: 'explore', task: this.#nextTask++, point, ...start, maxLeaves };
    // What was given away comes first: it belongs to a crash point that is already being explored.
    if (given) this.#queue.unshift(task);
    else {
      const memory = this.#memoryOf.get(point) ?? 0;
      const waiting = this.#waiting.get(memory);
      if (waiting) waiting.push(task);
      else this.#waiting.set(memory, [task]);
    }
    this.#dispatch();
  }

  /** A limit is one for all the lanes that share a crash point. */
  #countLeaf(point: number): void {
    const entry = this.#openTasks.get(point);
    if (!entry || ++entry.leaves !== entry.limit) return;
    this.#stop((task) => task.point === point);
    if (entry.open > 1) this.#dropTasks((task) => task.point === point);
  }

  #closeTask(point: number, complete: boolean): void {
    const entry = this.#openTasks.get(point);
    if (!entry) return;
    entry.open--;
    entry.complete &&= complete;
    if (entry.open > 0) return;
    this.#openTasks.delete(point);
    const { shared, leaves, done } = entry;
    done({ point, complete: entry.complete, shared, leaves });
  }

  #receive(lane: Lane, message: FromLane): void {
    if (this.#abandoned) return;
    switch (message.type) {
      case 'leaf':
        this.onLeaf(message);
        if (!message.remembered) {
          this.#recoveries++;
          this.#callForHelp();
        }
        if (message.seen) {
          const { seen, point, decisions } = message;
          this.#trees?.note(seen, point, () => lostPieces(decodeDecisions(decisions)));
        }
        this.#countLeaf(message.point);
        break;
      case 'explored': {
        const { point } = lane.tasks.shift() as ExploreTask;
        this.#closeTask(point, message.complete);
        if (lane.tasks.length === 0) this.#dispatch();
        break;
      }
      case 'judged':
        if (message.seen) {
          const { point, lost } = lane.tasks[0] as JudgeTask;
          this.#trees?.note(message.seen, point, () => lost);
        }
        lane.tasks.shift();
        this.#recoveries++;
        this.#judging.get(message.task)?.(message);
        this.#judging.delete(message.task);
        this.#dispatch();
        break;
      case 'donated':
        lane.askedToDonate = false;
        if (message.prefix) {
          const { maxLeaves, torn } = lane.tasks[0] as ExploreTask;
          const start = { prefix: message.prefix, ...(torn ? { torn } : {}) };
          this.#openTasks.get(message.point)!.shared = true;
          this.#addExploration(message.point, start, maxLeaves, true);
        }
        break;
      case 'fault':
        this.#failed?.(new Error(message.message));
        break;
    }
  }

  get #trees(): RecoveredTrees | undefined {
    return this.options.looking?.trees;
  }

  #dispatch(): void {
    this.#callForHelp();
    for (const lane of this.#lanes) {
      if (lane.tasks.length > 0) continue;
      const task = this.#takeTaskFor(lane);
      if (task) {
        const others = task.type === 'explore' ? this.#takeLikewise(task) : [];
        lane.tasks.push(task, ...others);
        if (others.length === 0) lane.client.send(task);
        else {
          const likewise = others.map(({ task, point, maxLeaves }) => ({ task, point, maxLeaves }));
          lane.client.send({ ...(task as ExploreTask), likewise });
        }
      } else this.#askForWork();
    }
  }

  /**
   * What was given away and single states first; then crash points of the memory this lane worked on last, or of the one
   * that comes after it; a lane that has neither begins where it is farthest from the others.
   */
  #takeTaskFor(lane: Lane): ExploreTask | JudgeTask | undefined {
    const urgent = this.#queue.shift();
    if (urgent) return urgent;
    const memory = this.#memoryFor(lane);
    if (memory === undefined) return undefined;
    lane.memory = memory;
    const tasks = this.#waiting.get(memory)!;
    const task = tasks.shift();
    if (tasks.length === 0) this.#waiting.delete(memory);
    return task;
  }

  /** Of the crash points that wait, the next ones over the same disk: what a lane knows then, it tells at once. */
  #takeLikewise({ point, prefix, torn }: ExploreTask): ExploreTask[] {
    const disk = this.#diskOf.get(point);
    const memory = this.#memoryOf.get(point) ?? 0;
    const waiting = this.#waiting.get(memory);
    if (disk === undefined || prefix.length > 0 || torn || !waiting) return [];
    const end = waiting.findIndex(
      (other) =>
        this.#diskOf.get(other.point) !== disk || other.prefix.length > 0 || other.torn !== undefined,
    );
    const taken = waiting.splice(0, Math.min(mostLikewise, end < 0 ? waiting.length : end));
    if (waiting.length === 0) this.#waiting.delete(memory);
    return taken;
  }

  #memoryFor({ memory }: Lane): number | undefined {
    if (memory !== null && this.#waiting.has(memory)) return memory;
    const waiting = [...this.#waiting.keys()];
    const free = waiting.filter((one) => this.#lanes.every((lane) => lane.memory !== one));
    const next = memory === null ? -1 : free.findIndex((one) => one > memory);
    // Behind it somebody else may be at work already.
    const nobodyBetween = (one: number): boolean =>
      this.#lanes.every((lane) => lane.memory === null || lane.memory <= memory! || lane.memory > one);
    if (next >= 0 && nobodyBetween(free[next]!)) return free[next];
    return (
      free[memory === null && this.#lanes.every((lane) => lane.memory === null) ? 0 : free.length >> 1] ??
      waiting[0]
    );
  }

  #askForWork(): void {
    if (this.#stopping || this.#lanes.some((lane) => lane.askedToDonate)) return;
    const donor = this.#lanes.find(
      ({ tasks: [task] }) => task?.type === 'explore' && this.#openTasks.get(task.point)?.alone === false,
    );
    if (!donor) return;
    donor.askedToDonate = true;
    donor.client.send({ type: 'donate' });
  }
}

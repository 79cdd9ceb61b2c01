/**
 * What every lane's process does: explores crash points, one recovery after the other, on a disk of its own. Where
 * the disk is recovered, on the host or in a guest, is for the process to say.
 *
 * Reads tasks from standard input when it has nothing to do, and looks for news there between two recoveries.
 */
import { writeSync } from 'node:fs';
import { waitWritable } from '../../attach/libc.js';
import type { BlockDevice } from '../../disk/block-device.js';
import type { OverlayOperation } from '../../disk/overlay.js';
import { OverlayDevice } from '../../disk/overlay.js';
import type { Judgement } from '../../judge/judgement.js';
import type { Trace } from '../../trace/trace.js';
import { openTrace } from '../../trace/trace.js';
import { CrashImage } from '../crash-image.js';
import type { CrashPoint } from '../crash-points.js';
import { lostPieces } from '../decisions.js';
import { ObservedImage, type ObservedRead, RecoveryMemory, readsAgree } from '../memory.js';
import { exploreNested } from '../nested.js';
import type { Leaf } from '../point-search.js';
import { explorable } from '../recording.js';
import { TaskSearch } from '../task-search.js';
import { LineInput } from './line-input.js';
import {
  decodeDecisions,
  encodeDecisions,
  type FromLane,
  type LaneSetup,
  type NestedOutcome,
  type ToLane,
} from './messages.js';
import type { RecoveryAnswer, RecoveryJob, Seen } from './recovery-messages.js';

/** A disk that a file system recovers on, and whoever mounts and judges it. */
export interface RecoveringDisk {
  /** Runs one recovery on `device`, which lies over `image`. */
  recover(
    device: BlockDevice,
    image: ObservedImage,
    job: RecoveryJob,
  ): Extract<RecoveryAnswer, { type: 'judged' }>;
  close(): void;
}

const input = new LineInput(0);

function send(message: FromLane): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let done = 0; done < bytes.length; ) {
    // The command may be busy and the pipe full: wait for it, as this process has no event loop to do so.
    waitWritable(1, -1);
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

function namedPoint({ logIndex: log_index, reason, acks }: CrashPoint) {
  return { log_index, reason, acks };
}

type ExploreTask = Extract<ToLane, { type: 'explore' }>;

/** What a recovery was judged, and what it did where that matters. */
interface LaneJudgement extends Judgement {
  operations: readonly OverlayOperation[] | null;
  /** The tree it ended in, and what looking at it read besides. */
  sight: Sight | null;
}

interface Sight {
  seen: Seen;
  reads: readonly ObservedRead[];
}

/** One memory for each set of obligations. */
class MemoryShelf {
  readonly #memories = new Map<number, RecoveryMemory<LaneJudgement>>();

  at(acks: number): RecoveryMemory<LaneJudgement> {
    let memory = this.#memories.get(acks);
    if (!memory) {
      memory = new RecoveryMemory();
      this.#memories.set(acks, memory);
    }
    return memory;
  }
}

/** Explores what the command asks for until it closes standard input, then ends the process. */
export function runLane(openDisk: (setup: LaneSetup, trace: Trace) => RecoveringDisk): void {
  try {
    const first = input.next();
    if (first !== null) {
      const setup = JSON.parse(first) as LaneSetup;
      const trace = openTrace(setup.traceFolder);
      explore(setup, trace, openDisk(setup, trace));
    }
    process.exit(0);
  } catch (error) {
    send({ type: 'fault', message: (error as Error).stack ?? String(error) });
    process.exit(1);
  }
}

function explore({ look }: LaneSetup, trace: Trace, disk: RecoveringDisk): void {
  const { recording, points } = explorable(trace);
  const { explore: exploring, storage: storages, checker } = trace.manifest.scenario;
  // A checker may change what is there, and a recovery that is crashed again must do nothing besides: then a second
  // recovery is made to be looked at.
  const looksApart = checker !== undefined || exploring.nested;
  const atomicUnitBytes = storages[trace.manifest.storage]!.disk.atomic_unit;
  // Recovery is judged by what it reads and by what is owed; what is owed depends on the acks alone.
  const memories = new MemoryShelf();
  const nestedMemories = new MemoryShelf();
  const recover = (
    image: ObservedImage,
    point: CrashPoint,
    { torn, ...options }: { keepOperations: boolean; torn: boolean },
  ): LaneJudgement => {
    const overlay = new OverlayDevice(image, trace.manifest.size_bytes, options);
    const { problems, seen } = disk.recover(overlay, image, {
      point: namedPoint(point),
      // Models speak of whole writes.
      look: look && !looksApart && !torn ? 'after' : 'no',
    });
    return { problems, operations: overlay.operations, sight: seen ? { seen, reads: image.peeks } : null };
  };

  /** Recovers a crash state once more, only to look at it. Null when it does not mount. */
  const lookApart = (image: CrashImage, point: CrashPoint): Sight | null => {
    const observed = new ObservedImage(image);
    const overlay = new OverlayDevice(observed, trace.manifest.size_bytes, { keepOperations: false });
    const { seen } = disk.recover(overlay, observed, { point: namedPoint(point), look: 'only' });
    return seen ? { seen, reads: [...observed.reads, ...observed.peeks] } : null;
  };

  /**
   * What there is to say of a state's tree. One that is known from memory has the tree of the recovery that is
   * remembered, provided that looking would read the same here; each tree is told once for each crash point.
   */
  const told = new Map<number, Set<string>>();
  const sightOf = (
    judgement: LaneJudgement,
    { point, lost, remembered }: { point: CrashPoint; lost: number[]; remembered: boolean },
  ): { seen?: Seen } => {
    if (!look) return {};
    const image = CrashImage.without(lost, recording, point);
    if (looksApart && !remembered) judgement.sight = lookApart(image, point);
    const { sight } = judgement;
    if (!sight) return {};
    if (sight.seen.tree === null) return remembered ? {} : { seen: sight.seen };
    let known = told.get(point.id);
    if (!known) {
      known = new Set();
      told.set(point.id, known);
    }
    if (known.has(sight.seen.tree)) return {};
    if (remembered && !readsAgree(image, sight.reads)) return {};
    known.add(sight.seen.tree);
    return { seen: sight.seen };
  };

  const nest = (
    leaf: Leaf<LaneJudgement>,
    point: CrashPoint,
    maxRecoveries: number,
  ): NestedOutcome | undefined => {
    if (!exploring.nested || !leaf.judgement.operations) return undefined;
    const { crashPoints, states, recoveries, complete, leaves } = exploreNested<LaneJudgement>({
      outer: recording,
      point,
      decisions: leaf.decisions,
      operations: leaf.judgement.operations,
      granularity: exploring.granularity,
      atomicUnitBytes,
      recover: (image) => recover(image, point, { keepOperations: false, torn: false }),
      memory: nestedMemories.at(point.acks),
      maxRecoveries,
    });
    const problems = leaves.flatMap(({ judgement }) => judgement.problems);
    return { crashPoints, states: states.toString(), recoveries, complete, problems };
  };

  /** What came in while exploring: true when it is time to stop. */
  const hearNews = (search: TaskSearch<LaneJudgement>, { task, point }: ExploreTask): boolean => {
    let stopped = false;
    while (input.isWaiting()) {
      const line = input.next();
      // The command is gone: nobody wants the rest.
      if (line === null) return true;
      const message = JSON.parse(line) as ToLane;
      if (message.type === 'stop') stopped ||= message.task === task;
      if (message.type === 'donate') {
        const prefix = search.donate();
        send({ type: 'donated', prefix: prefix && encodeDecisions(prefix), point });
      }
    }
    return stopped;
  };

  const explorePoint = (task: ExploreTask): void => {
    const point = points[task.point]!;
    const search = new TaskSearch<LaneJudgement>(
      recording,
      point,
      { prefix: decodeDecisions(task.prefix), torn: task.torn },
      {
        recover: (image) =>
          recover(image, point, { keepOperations: exploring.nested, torn: task.torn !== undefined }),
        memory: memories.at(point.acks),
      },
    );
    let leaves = 0;
    for (let leaf = search.next(); leaf; leaf = search.next()) {
      leaves++;
      const { decisions, judgement, remembered, torn, tearable } = leaf;
      const nested = torn ? undefined : nest(leaf, point, task.maxLeaves - leaves);
      send({
        type: 'leaf',
        task: task.task,
        point: task.point,
        decisions: encodeDecisions(decisions),
        problems: judgement.problems,
        remembered,
        ...(torn ? { torn } : {}),
        ...(tearable ? { tearable } : {}),
        ...(nested ? { nested } : {}),
        ...(torn ? {} : sightOf(judgement, { point, lost: lostPieces(decisions), remembered })),
      });
      if (hearNews(search, task) || leaves >= task.maxLeaves) break;
    }
    send({ type: 'explored', task: task.task, complete: search.isDone });
  };

  const judge = (task: Extract<ToLane, { type: 'judge' }>): void => {
    const point = points[task.point]!;
    const image = CrashImage.without(task.lost, recording, point);
    const torn = task.lost.some((piece) => recording.pieces.tornBy(piece) !== undefined);
    const memory = memories.at(point.acks);
    let judgement = task.fromMemory ? memory.recall(image) : undefined;
    const remembered = judgement !== undefined;
    if (!judgement) {
      const observed = new ObservedImage(image);
      judgement = recover(observed, point, { keepOperations: exploring.nested, torn });
      if (task.fromMemory) memory.remember(observed.reads, judgement);
    }
    const { problems } = judgement;
    const seen = torn ? {} : sightOf(judgement, { point, lost: task.lost, remembered });
    send({ type: 'judged', task: task.task, problems, ...seen });
  };

  send({ type: 'ready' });
  for (;;) {
    const line = input.next();
    if (line === null) break;
    const message = JSON.parse(line) as ToLane;
    if (message.type === 'explore') explorePoint(message);
    else if (message.type === 'judge') judge(message);
    else if (message.type === 'donate') send({ type: 'donated', prefix: null, point: -1 });
  }
  disk.close();
}

/**
 * What every lane's process does: explores crash points, one recovery after the other, on a disk of its own. Where
 * the disk is recovered, on the host or in a guest, is for the process to say.
 *
 * Reads tasks from standard input when it has nothing to do, and looks for news there between two recoveries.
 */
import { OverlayDevice } from '../../disk/overlay.js';
import { diskNames } from '../../scenario/nodes.js';
import { checkerOfMany } from '../../server/programs.js';
import type { Trace } from '../../trace/trace.js';
import { openTrace } from '../../trace/trace.js';
import { CrashImage } from '../crash-image.js';
import type { CrashPoint } from '../crash-points.js';
import { lostPieces } from '../decisions.js';
import { ObservedImage, readsAgree } from '../memory.js';
import { exploreNested } from '../nested.js';
import type { Leaf } from '../point-search.js';
import { explorable } from '../recording.js';
import { TaskSearch } from '../task-search.js';
import { KeptMount } from './kept-mount.js';
import { type LaneJudgement, LaneMemory, type Recovery } from './lane-memory.js';
import { LineInput } from './line-input.js';
import { LineOutput } from './line-output.js';
import {
  decodeDecisions,
  encodeDecisions,
  type FromLane,
  type LaneSetup,
  type NestedOutcome,
  type ToLane,
} from './messages.js';
import type { RecoveringDisk } from './recovering-disk.js';
import type { RecoveryJob, Seen } from './recovery-messages.js';
import { type KnownLeaf, SameDisk } from './same-disk.js';
import { StateJudge } from './state-judge.js';

const input = new LineInput(0);

const output = new LineOutput(1);

function send(message: FromLane): void {
  output.send(message);
}

function namedPoint({ logIndex: log_index, reason, acks }: CrashPoint) {
  return { log_index, reason, acks };
}

type ExploreTask = Extract<ToLane, { type: 'explore' }>;

/**
 * Explores what the command asks for, trace after trace, until it closes standard input, then ends the process. All that is
 * known of a trace is known in `explore`, and forgotten with it.
 */
export function runLane(openDisk: (setup: LaneSetup, trace: Trace) => RecoveringDisk): void {
  try {
    for (let line = input.next(); line !== null; line = input.next()) {
      const setup = JSON.parse(line) as LaneSetup;
      const trace = openTrace(setup.traceFolder);
      const wantsRest = explore(setup, trace, openDisk(setup, trace));
      trace.close();
      if (!wantsRest || !isOursAlone(trace)) break;
      send({ type: 'rested' });
    }
    process.exit(0);
  } catch (error) {
    send({ type: 'fault', message: (error as Error).stack ?? String(error) });
    process.exit(1);
  }
}

/** Nobody's program but ours ran here, and nothing was mounted but one file system: what a checker leaves is not known. */
function isOursAlone({ manifest }: Trace): boolean {
  const { scenario, storage } = manifest;
  return (
    checkerOfMany(scenario) === undefined &&
    diskNames(scenario).length === 1 &&
    scenario.storage[storage]!.layers.length === 0
  );
}

/** @returns whether the command may want another trace explored; it does not where it left while there was work */
function explore({ look }: LaneSetup, trace: Trace, disk: RecoveringDisk): boolean {
  const { recording, points } = explorable(trace);
  const { explore: exploring, storage: storages, checker, promise } = trace.manifest.scenario;
  // A checker may change what is there, and a recovery that is crashed again must do nothing besides: then a second
  // recovery is made to be looked at.
  const looksApart = checker !== undefined || exploring.nested;
  // Models speak of whole writes; what a storage owes, it owes whatever is torn.
  const looksAtTorn = promise?.owed !== undefined;
  const atomicUnitBytes = storages[trace.manifest.storage]!.disk.atomic_unit;
  const stateJudge = new StateJudge(trace);
  const memory = new LaneMemory(stateJudge);
  const nestedMemory = new LaneMemory(stateJudge);
  const sameDisk = new SameDisk();
  const mounted = new KeptMount(disk);
  const recover = (
    image: ObservedImage,
    point: CrashPoint,
    { torn, keepsMount, ...options }: { keepOperations: boolean; torn: boolean; keepsMount: boolean },
  ): LaneJudgement => {
    const overlay = new OverlayDevice(image, trace.manifest.size_bytes, options);
    const job: RecoveryJob = {
      point: namedPoint(point),
      look: look && !looksApart && (!torn || looksAtTorn) ? 'after' : 'no',
    };
    const { problems, seen, left = null } = mounted.recover(image, job, overlay, keepsMount);
    const sight = seen ? { seen, reads: image.peeks } : null;
    const judged = new Map([[point.said, problems]]);
    return { problems, recovery: { operations: overlay.operations, sight, left, judged } };
  };

  /** Recovers a crash state once more, only to look at it. Null when it does not mount. */
  const lookApart = (image: CrashImage, point: CrashPoint): Recovery['sight'] => {
    const observed = new ObservedImage(image);
    const overlay = new OverlayDevice(observed, trace.manifest.size_bytes, { keepOperations: false });
    const { seen } = disk.recover(overlay, observed, { point: namedPoint(point), look: 'only' });
    return seen ? { seen, reads: [...observed.reads, ...observed.peeks] } : null;
  };

  /**
   * The tree that a state shows. One that is known from memory has the tree of the recovery that is remembered, provided
   * that looking would read the same here; null where that is not known.
   */
  const sightOf = (
    { recovery }: LaneJudgement,
    {
      point,
      lost,
      remembered,
      torn,
    }: { point: CrashPoint; lost: number[]; remembered: boolean; torn: boolean },
  ): Seen | null => {
    if (!look || (torn && !looksAtTorn)) return null;
    const mark = torn ? { torn } : {};
    const image = CrashImage.without(lost, recording, point);
    if (looksApart && !remembered) recovery.sight = lookApart(image, point);
    const { sight } = recovery;
    if (!sight) return null;
    if (remembered && (sight.seen.tree === null || !readsAgree(image, sight.reads))) return null;
    return { ...sight.seen, ...mark };
  };

  /** Each tree is told once for each crash point. */
  const told = new Map<number, Set<string>>();
  const toTell = ({ id }: CrashPoint, seen: Seen | null): { seen?: Seen } => {
    if (!seen) return {};
    if (seen.tree === null) return { seen };
    const known = told.get(id) ?? new Set();
    told.set(id, known);
    const what = `${seen.tree}${seen.torn ? ' torn' : ''}`;
    if (known.has(what)) return {};
    known.add(what);
    return { seen };
  };

  const nest = (
    leaf: Leaf<LaneJudgement>,
    point: CrashPoint,
    maxRecoveries: number,
  ): NestedOutcome | undefined => {
    const { operations } = leaf.judgement.recovery;
    if (!exploring.nested || !operations) return undefined;
    const { crashPoints, states, recoveries, complete, leaves } = exploreNested<LaneJudgement>({
      outer: recording,
      point,
      decisions: leaf.decisions,
      operations,
      granularity: exploring.granularity,
      atomicUnitBytes,
      recover: (image) => recover(image, point, { keepOperations: false, torn: false, keepsMount: false }),
      memory: nestedMemory.at(point),
      maxRecoveries,
    });
    const problems = leaves.flatMap(({ judgement }) => judgement.problems);
    return { crashPoints, states: states.toString(), recoveries, complete, problems };
  };

  /** Tasks that are to end early, of those under way. */
  const stopped = new Set<number>();
  let isAlone = false;
  /** What came in while exploring: true when it is time to stop. */
  const hearNews = (search: TaskSearch<LaneJudgement> | null, { task, point }: ExploreTask): boolean => {
    while (input.isWaiting()) {
      const line = input.next();
      if (line === null) {
        isAlone = true;
        break;
      }
      const message = JSON.parse(line) as ToLane;
      if (message.type === 'stop') stopped.add(message.task);
      if (message.type === 'rest') isAlone = true;
      if (message.type === 'donate') {
        const prefix = search?.donate() ?? null;
        send({ type: 'donated', prefix: prefix && encodeDecisions(prefix), point });
      }
    }
    // The command is gone: nobody wants the rest.
    return isAlone || stopped.has(task);
  };

  const tell = (task: ExploreTask, { leaf, seen }: KnownLeaf, nested?: NestedOutcome): void => {
    const { decisions, judgement, remembered, torn, tearable } = leaf;
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
      ...toTell(points[task.point]!, seen),
    });
  };

  /** The leaves of a crash point over the disk that was explored last; false where they have to be explored. */
  const tellSameDisk = (task: ExploreTask, point: CrashPoint): boolean => {
    const known = sameDisk.leavesOf(point, task);
    if (!known || known.length > task.maxLeaves) return false;
    const judged = known.map(({ leaf, seen }) => {
      const judgement = memory.judgeAgain(leaf.judgement.recovery, point);
      return judgement && { leaf: { ...leaf, judgement, remembered: true }, seen };
    });
    if (!judged.every((one) => one !== undefined)) return false;
    for (const one of judged) tell(task, one);
    send({ type: 'explored', task: task.task, complete: true });
    return true;
  };

  const explorePoint = (task: ExploreTask): void => {
    const point = points[task.point]!;
    if (!exploring.nested && tellSameDisk(task, point)) return;
    const hasPending = recording.pieces.pendingAt(point).length > 0;
    const search = new TaskSearch<LaneJudgement>(
      recording,
      point,
      { prefix: decodeDecisions(task.prefix), torn: task.torn },
      {
        recover: (image) =>
          recover(image, point, {
            keepOperations: exploring.nested,
            torn: task.torn !== undefined,
            keepsMount: hasPending,
          }),
        memory: memory.at(point),
      },
    );
    const leaves: KnownLeaf[] = [];
    for (let leaf = search.next(); leaf; leaf = search.next()) {
      const { decisions, judgement, remembered, torn } = leaf;
      const nested = torn ? undefined : nest(leaf, point, task.maxLeaves - leaves.length);
      const lost = lostPieces(decisions);
      const known = { leaf, seen: sightOf(judgement, { point, lost, remembered, torn: torn !== undefined }) };
      leaves.push(known);
      tell(task, known, nested);
      if (hearNews(search, task) || leaves.length >= task.maxLeaves) break;
    }
    mounted.release();
    if (search.isDone && !search.gaveAway) sameDisk.keep(point, task, leaves);
    send({ type: 'explored', task: task.task, complete: search.isDone });
  };

  /** A crash point, and the others over the same disk, whose leaves are then known. */
  const explorePoints = ({ likewise = [], ...task }: ExploreTask): void => {
    explorePoint(task);
    output.together(() => {
      for (const other of likewise) {
        const same = { ...task, ...other };
        if (hearNews(null, same)) send({ type: 'explored', task: other.task, complete: false });
        else explorePoint(same);
      }
    });
    stopped.clear();
  };

  const judge = (task: Extract<ToLane, { type: 'judge' }>): void => {
    const point = points[task.point]!;
    const image = CrashImage.without(task.lost, recording, point);
    const torn = task.lost.some((piece) => recording.pieces.tornBy(piece) !== undefined);
    const known = memory.at(point);
    let judgement = task.fromMemory ? known.recall(image) : undefined;
    const remembered = judgement !== undefined;
    if (!judgement) {
      const observed = new ObservedImage(image);
      judgement = recover(observed, point, { keepOperations: exploring.nested, torn, keepsMount: false });
      if (task.fromMemory) known.remember(observed.reads, judgement);
    }
    const { problems } = judgement;
    const seen = sightOf(judgement, { point, lost: task.lost, remembered, torn });
    send({ type: 'judged', task: task.task, problems, ...toTell(point, seen) });
  };

  send({ type: 'ready' });
  let wantsRest = false;
  while (!isAlone && !wantsRest) {
    const line = input.next();
    if (line === null) break;
    const message = JSON.parse(line) as ToLane;
    if (message.type === 'rest') wantsRest = true;
    else if (message.type === 'explore') explorePoints(message);
    else if (message.type === 'judge') judge(message);
    else if (message.type === 'donate') send({ type: 'donated', prefix: null, point: -1 });
  }
  disk.close();
  return wantsRest;
}

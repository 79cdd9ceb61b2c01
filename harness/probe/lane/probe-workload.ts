/**
 * One workload: carried out on a fresh disk, crashed in every way, judged.
 *
 * Guarantees: `exhaustive` is true only if every crash state of every crash point is covered by exactly one leaf, by
 * counting. Nothing of a workload is kept when it is done.
 */
import { OverlayDevice } from '../../disk/overlay.js';
import type { Recording } from '../../explore/crash-image.js';
import { crashPoints } from '../../explore/crash-points.js';
import { lostPieces } from '../../explore/decisions.js';
import { decodeDecisions, encodeDecisions } from '../../explore/lane/messages.js';
import { LogIndex } from '../../explore/log-index.js';
import { type ObservedImage, RecoveryMemory } from '../../explore/memory.js';
import { type Granularity, Pieces } from '../../explore/pieces.js';
import { type LeafRecord, PointLedger } from '../../explore/point-ledger.js';
import { TaskSearch } from '../../explore/task-search.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { historyOf } from '../executor/call-history.js';
import { type FoundState, foundState, StorageOracle, treeOf } from '../judge/storage-oracle.js';
import type { FoundNode } from '../resident/messages.js';
import type { WorkloadFinding, WorkloadResult } from '../result.js';
import { isPersistence } from '../workload/operation.js';
import { printWorkload, type Workload } from '../workload/workload.js';
import { momentAt } from './crash-moments.js';
import { type Seat, SeatLostError } from './seat.js';
import { WorkloadDisk } from './workload-disk.js';

export interface ProbeBench {
  seat: Seat;
  storage: Storage;
  sizeBytes: number;
  base: OverlayDevice;
  granularity: Granularity;
  /** Whether recovered file systems are checked by their own checker. */
  fsck: boolean;
  /** Recoveries that one workload may cost. */
  limit: number;
}

interface Executed {
  disk: WorkloadDisk;
  tree: FoundNode[];
  returns: number[];
  failed: { operation: number; code: string } | null;
  refused: string | null;
}

export function probeWorkload(name: string, workload: Workload, bench: ProbeBench): WorkloadResult {
  const nothing = { name, points: 0, states: '0', recoveries: 0, exhaustive: false };
  try {
    const executed = execute(workload, bench);
    if (executed.refused !== null) return { ...nothing, outcome: 'unknown', reason: executed.refused };
    if (executed.failed) return { ...nothing, ...refusal(workload, executed.failed) };
    return { ...nothing, ...new Exploration(workload, executed, bench).run() };
  } catch (error) {
    if (!(error instanceof SeatLostError)) throw error;
    return { ...nothing, outcome: 'unknown', reason: error.message };
  }
}

/** What a file system need not be able to do; anything else that fails is not known. */
const optional = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'ENOSYS']);

function refusal(
  workload: Workload,
  { operation, code }: { operation: number; code: string },
): Pick<WorkloadResult, 'outcome' | 'reason'> {
  const lines = printWorkload({ setup: [], body: [...workload.setup, ...workload.body] });
  const line = lines[operation + workload.setup.length]!;
  const failed = [...workload.setup, ...workload.body][operation + workload.setup.length]!;
  const isOptional = optional.has(code) && !isPersistence(failed);
  return { outcome: isOptional ? 'unsupported' : 'unknown', reason: `${line}: ${code}` };
}

function execute({ setup, body }: Workload, bench: ProbeBench): Executed {
  const disk = new WorkloadDisk(bench.base, bench.sizeBytes, bench.storage.disk);
  const executed: Executed = { disk, tree: [], returns: [], failed: null, refused: null };
  const result = bench.seat.run(disk, { type: 'execute', setup, body }, (said) => {
    if (said.type === 'started') {
      disk.start();
      executed.tree = said.tree;
    } else if (said.type === 'returned') executed.returns.push(disk.operations.length);
    else if (said.type === 'finished') {
      disk.stop();
      executed.failed = said.failed;
    }
  });
  if (result.type === 'refused') executed.refused = `it does not mount: ${result.said}`;
  return executed;
}

class Exploration {
  readonly #recording: Recording;
  readonly #memory = new RecoveryMemory<FoundState>();
  readonly #oracle: StorageOracle;
  readonly #syncs: number[];
  #recoveries = 0;
  #states = 0n;
  #undecided = 0;
  #finding: WorkloadFinding | null = null;

  constructor(
    workload: Workload,
    private readonly executed: Executed,
    private readonly bench: ProbeBench,
  ) {
    const { operations, durable } = executed.disk;
    const { disk } = bench.storage;
    this.#recording = {
      index: new LogIndex(operations),
      pieces: new Pieces(operations, bench.granularity, disk.atomic_unit),
      base: { read: (offset, into) => durable.read(offset, into), isVariable: () => false },
      payload: ({ index }, byteOffset, into) => {
        operations[index]!.data!.copy(into, 0, byteOffset, byteOffset + into.length);
      },
      discard: disk.discard === 'ignored' ? 'ignored' : 'zeros',
    };
    this.#oracle = new StorageOracle(historyOf(workload, treeOf(executed.tree).nodes));
    this.#syncs = workload.body.flatMap((operation, i) => (isPersistence(operation) ? [i] : []));
  }

  run(): Pick<
    WorkloadResult,
    'outcome' | 'points' | 'states' | 'recoveries' | 'exhaustive' | 'finding' | 'reason'
  > {
    const { operations } = this.executed.disk;
    const acks = this.#syncs.map((sync) => this.executed.returns[sync]!);
    const points = crashPoints(operations, acks, operations.length);
    const ledgers = points.map((point) => new PointLedger(point, this.#recording.pieces));
    let exhaustive = true;
    // A breach of what the texts owe is enough; one of custom alone may hide one.
    for (const ledger of ledgers) {
      if (this.#finding?.rules === 'posix') break;
      exhaustive = this.#explore(ledger) && exhaustive;
      this.#states += ledger.states;
    }
    const told = {
      points: points.length,
      states: this.#states.toString(),
      recoveries: this.#recoveries,
      exhaustive: exhaustive && this.#finding === null,
    };
    if (this.#finding) return { ...told, outcome: 'broken', finding: this.#finding };
    if (!exhaustive)
      return {
        ...told,
        outcome: 'unknown',
        reason: `not all crash states within ${this.bench.limit} recoveries`,
      };
    if (this.#undecided > 0)
      return {
        ...told,
        outcome: 'unknown',
        reason: 'a recovered tree could have come about in too many ways',
      };
    return { ...told, outcome: 'kept' };
  }

  /** False when it was given up. */
  #explore(ledger: PointLedger): boolean {
    const leaves = this.#leaves(ledger, [{ prefix: [] }]);
    if (!leaves) return false;
    if (!ledger.finishWhole(leaves))
      throw new Error(`crash point ${ledger.point.id}: leaves do not cover it`);
    const torn = this.#leaves(ledger, ledger.tearStarts());
    if (!torn) return false;
    if (!ledger.isTorn && !ledger.finishTorn(torn))
      throw new Error(`crash point ${ledger.point.id}: torn leaves do not cover it`);
    return true;
  }

  #leaves(
    { point }: PointLedger,
    starts: readonly { prefix: readonly number[]; torn?: { piece: number; at: number } }[],
  ): LeafRecord[] | null {
    const found: LeafRecord[] = [];
    const moment = momentAt(point, this.executed.returns, this.#syncs);
    for (const { prefix, torn } of starts) {
      const search = new TaskSearch<{ problems: []; state: FoundState }>(
        this.#recording,
        point,
        { prefix: decodeDecisions([...prefix]), torn },
        {
          recover: (image) => ({ problems: [], state: this.#recover(image) }),
          memory: {
            recall: (image) => {
              const state = this.#memory.recall(image);
              return state && { problems: [], state };
            },
            remember: (reads, { state }) => this.#memory.remember(reads, state),
          },
        },
      );
      for (let leaf = search.next(); leaf; leaf = search.next()) {
        const { decisions, judgement, torn: tornLeaf, tearable } = leaf;
        found.push({
          decisions: encodeDecisions(decisions),
          problems: [],
          ...(tornLeaf ? { torn: tornLeaf } : {}),
          ...(tearable ? { tearable } : {}),
        });
        const { breach, undecided } = this.#oracle.judge(judgement.state, moment);
        if (undecided) this.#undecided++;
        if (
          breach &&
          (this.#finding === null || (this.#finding.rules === 'linux' && breach.rules === 'posix'))
        ) {
          const lost = tornLeaf?.lost ?? lostPieces(decisions);
          this.#finding = {
            ...breach,
            after: moment.returned,
            pending: this.#recording.pieces.pendingAt(point).length,
            lost: lost.length,
            torn: tornLeaf !== undefined,
          };
        }
        if (this.#finding?.rules === 'posix') return null;
        if (this.#recoveries >= this.bench.limit) return null;
      }
    }
    return found;
  }

  #recover(image: ObservedImage): FoundState {
    this.#recoveries++;
    const overlay = new OverlayDevice(image, this.bench.sizeBytes, { keepOperations: false });
    const result = this.bench.seat.run(overlay, { type: 'recover', fsck: this.bench.fsck }, (said) => {
      if (said.type === 'looking') image.peek();
    });
    if (result.type !== 'recovered') throw new Error(`a recovery ended with ${result.type}`);
    return foundState(result.tree, result.error, result.unusable, result.damage);
  }
}

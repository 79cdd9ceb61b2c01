/**
 * One workload: carried out on a fresh disk, crashed in every way, each state recovered and shown to whoever judges.
 *
 * Guarantees: `exhaustive` is true only if every crash state of every crash point is covered by exactly one leaf, by
 * counting, and the one who judges saw all of them. Nothing of a workload is kept when it is done.
 */
import { partsOf } from '../../disk/block-parts.js';
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
import { disksBelow } from '../../scenario/schema/layers.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { type FoundState, foundState } from '../judge/storage-oracle.js';
import type { FoundNode } from '../resident/messages.js';
import type { ScheduleName } from '../schedule.js';
import { isPersistence } from '../workload/operation.js';
import { printWorkload, type Workload } from '../workload/workload.js';
import { momentAt } from './crash-moments.js';
import type { Seat } from './seat.js';
import { WorkloadDisk } from './workload-disk.js';

export interface ProbeBench {
  seat: Seat;
  storage: Storage;
  /** Of each disk. */
  sizeBytes: number;
  base: OverlayDevice;
  granularity: Granularity;
  /** Whether recovered file systems are checked by their own checker. */
  fsck: boolean;
  /** Recoveries that one workload may cost. */
  limit: number;
}

/** A workload that was carried out. */
export interface Executed {
  disk: WorkloadDisk;
  /** What setup left. */
  tree: FoundNode[];
  returns: number[];
}

/** Why it was not: the file system need not be able to do it, or nobody knows. */
export interface NotExecuted {
  outcome: 'unknown' | 'unsupported';
  reason: string;
}

/** What one crash leaves. */
export interface CrashLeaf {
  state: FoundState;
  /** How many operations of the body had begun, and how many had returned. */
  moment: { begun: number; returned: number };
  /** Of so many writes that were pending so many were lost; or one of them was torn. */
  pending: number;
  lost: number;
  torn: boolean;
}

export interface CrashSearchResult {
  points: number;
  /** Decimal string. */
  states: string;
  recoveries: number;
  exhaustive: boolean;
}

/** @throws SeatLostError where its kernel did not live to the end */
export function execute(
  { setup, body }: Workload,
  bench: ProbeBench,
  schedule: ScheduleName = 'prompt',
): Executed | NotExecuted {
  const { base, sizeBytes, storage } = bench;
  const about = { count: disksBelow(storage.layers), sizeBytes };
  const disk = new WorkloadDisk(base, about, storage.disk);
  const executed: Executed = { disk, tree: [], returns: [] };
  let failed: { operation: number; code: string } | null = null;
  const result = bench.seat.run(disk.disks, { type: 'execute', setup, body, schedule }, (said) => {
    if (said.type === 'started') {
      disk.start();
      executed.tree = said.tree;
    } else if (said.type === 'returned') executed.returns.push(disk.operations.length);
    else if (said.type === 'finished') {
      disk.stop();
      failed = said.failed;
    }
  });
  if (result.type === 'refused') return { outcome: 'unknown', reason: `it does not mount: ${result.said}` };
  return failed ? refusal({ setup, body }, failed) : executed;
}

/** What a file system need not be able to do; anything else that fails is not known. */
const optional = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'ENOSYS']);

function refusal(workload: Workload, { operation, code }: { operation: number; code: string }): NotExecuted {
  const all = { setup: [], body: [...workload.setup, ...workload.body] };
  const nth = operation + workload.setup.length;
  const isOptional = optional.has(code) && !isPersistence(all.body[nth]!);
  return {
    outcome: isOptional ? 'unsupported' : 'unknown',
    reason: `${printWorkload(all)[nth]!}: ${code}`,
  };
}

export class CrashSearch {
  readonly #recording: Recording;
  readonly #memory = new RecoveryMemory<FoundState>();
  readonly #syncs: number[];
  #recoveries = 0;
  #states = 0n;
  #stopped = false;

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
    this.#syncs = workload.body.flatMap((operation, i) => (isPersistence(operation) ? [i] : []));
  }

  /** @param visit sees each leaf; false when it has seen enough */
  run(visit: (leaf: CrashLeaf) => boolean): CrashSearchResult {
    const { operations } = this.executed.disk;
    const acks = this.#syncs.map((sync) => this.executed.returns[sync]!);
    const points = crashPoints(operations, acks, operations.length);
    const ledgers = points.map((point) => new PointLedger(point, this.#recording.pieces));
    let exhaustive = true;
    for (const ledger of ledgers) {
      if (this.#stopped) break;
      exhaustive = this.#explore(ledger, visit) && exhaustive;
      this.#states += ledger.states;
    }
    return {
      points: points.length,
      states: this.#states.toString(),
      recoveries: this.#recoveries,
      exhaustive: exhaustive && !this.#stopped,
    };
  }

  /** False when it was given up. */
  #explore(ledger: PointLedger, visit: (leaf: CrashLeaf) => boolean): boolean {
    const leaves = this.#leaves(ledger, [{ prefix: [] }], visit);
    if (!leaves) return false;
    if (!ledger.finishWhole(leaves))
      throw new Error(`crash point ${ledger.point.id}: leaves do not cover it`);
    const torn = this.#leaves(ledger, ledger.tearStarts(), visit);
    if (!torn) return false;
    if (!ledger.isTorn && !ledger.finishTorn(torn))
      throw new Error(`crash point ${ledger.point.id}: torn leaves do not cover it`);
    return true;
  }

  #leaves(
    { point }: PointLedger,
    starts: readonly { prefix: readonly number[]; torn?: { piece: number; at: number } }[],
    visit: (leaf: CrashLeaf) => boolean,
  ): LeafRecord[] | null {
    const found: LeafRecord[] = [];
    const moment = momentAt(point, this.executed.returns, this.#syncs);
    const pending = this.#recording.pieces.pendingAt(point).length;
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
        const lost = (tornLeaf?.lost ?? lostPieces(decisions)).length;
        this.#stopped = !visit({
          state: judgement.state,
          moment,
          pending,
          lost,
          torn: tornLeaf !== undefined,
        });
        if (this.#stopped || this.#recoveries >= this.bench.limit) return null;
      }
    }
    return found;
  }

  #recover(image: ObservedImage): FoundState {
    this.#recoveries++;
    const { sizeBytes, storage, seat } = this.bench;
    const count = disksBelow(storage.layers);
    const overlay = new OverlayDevice(image, count * sizeBytes, { keepOperations: false });
    const result = seat.run(partsOf(overlay, count), { type: 'recover', fsck: this.bench.fsck }, (said) => {
      if (said.type === 'looking') image.peek();
    });
    if (result.type !== 'recovered') throw new Error(`a recovery ended with ${result.type}`);
    return foundState(result.tree, result.error, result.unusable, result.damage);
  }
}

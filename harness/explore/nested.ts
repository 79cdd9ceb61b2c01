/**
 * Crashes a recovery again: what if the power fails while the file system replays its journal?
 *
 * The recovery's own writes, recorded in order with its flushes, are a log like any other, on top of a crash
 * state whose remaining pieces may still be undecided. Decisions of both logs are taken along one path, so the
 * same search proves the same thing.
 */

import { sectorBytes } from '../disk/block-device.js';
import type { OverlayOperation } from '../disk/overlay.js';
import type { BlockOperation } from '../trace/operation.js';
import { CrashImage, type Recording } from './crash-image.js';
import { type CrashPoint, crashPoints } from './crash-points.js';
import type { Decider, Decision } from './decisions.js';
import { LogIndex } from './log-index.js';
import type { Memory } from './memory.js';
import { type Granularity, Pieces } from './pieces.js';
import { type Leaf, PointSearch, type Recover } from './point-search.js';

export interface NestedSearch<J> {
  /** The crash state whose recovery is crashed: its recording, point, and the decisions made so far. */
  outer: Recording;
  point: CrashPoint;
  decisions: readonly Decision[];
  /** What its recovery did. */
  operations: readonly OverlayOperation[];
  granularity: Granularity;
  atomicUnitBytes: number;
  recover: Recover<J>;
  memory: Memory<J>;
  maxRecoveries: number;
}

export interface NestedResult<J> {
  crashPoints: number;
  states: bigint;
  recoveries: number;
  /** False when the recoveries ran out. */
  complete: boolean;
  leaves: Leaf<J>[];
}

export function exploreNested<J>(search: NestedSearch<J>): NestedResult<J> {
  const { outer, point, decisions, operations, recover, memory } = search;
  const log = operations.map(toBlockOperation);
  const recording = {
    index: new LogIndex(log),
    // Of a recovery that is crashed again only whole writes are lost, where single ones are torn.
    pieces: new Pieces(
      log,
      search.granularity === 'torn' ? 'write' : search.granularity,
      search.atomicUnitBytes,
      outer.pieces.end,
    ),
    payload: ({ index }: BlockOperation, byteOffset: number, into: Buffer): void => {
      operations[index]!.data.copy(into, 0, byteOffset, byteOffset + into.length);
    },
    discard: 'zeros' as const,
  };
  const outerPending = outer.pieces.pendingAt(point).length;
  const result: NestedResult<J> = { crashPoints: 0, states: 0n, recoveries: 0, complete: true, leaves: [] };
  for (const nestedPoint of crashPoints(log, [], log.length)) {
    // Before its first write a recovery has changed nothing: that is the outer crash state.
    if (nestedPoint.reason === 'start') continue;
    result.crashPoints++;
    const pending = outerPending + recording.pieces.pendingAt(nestedPoint).length;
    const points = new PointSearch<J>({
      imageFor: (decider: Decider) =>
        new CrashImage({ ...recording, base: new CrashImage(outer, point, decider) }, nestedPoint, decider),
      prefix: decisions,
      recover,
      memory,
    });
    for (let leaf = points.next(); leaf; leaf = points.next()) {
      result.leaves.push(leaf);
      result.states += 2n ** BigInt(pending - leaf.decisions.length);
      if (!leaf.remembered) result.recoveries++;
      if (result.recoveries >= search.maxRecoveries && !points.isDone) {
        result.complete = false;
        return result;
      }
    }
  }
  return result;
}

function toBlockOperation({ kind, byteOffset, data }: OverlayOperation, index: number): BlockOperation {
  return {
    index,
    kind,
    sector: byteOffset / sectorBytes,
    sectorCount: data.length / sectorBytes,
    fua: false,
  };
}

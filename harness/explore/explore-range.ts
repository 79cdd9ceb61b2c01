/**
 * Explores a run of a trace's crash points for whoever explores the whole of it: the same passes, each up to its limit, and
 * nothing beside them (no single states, no audit, no shrinking).
 */
import type { LanePool, LeafMessage } from './lane-pool.js';
import type { WantedPasses } from './offered-passes.js';
import { type Pass, Passes } from './passes.js';
import { PointLedger } from './point-ledger.js';
import type { PointRange } from './point-ranges.js';
import type { FinishedPoint } from './progress-file.js';
import type { ExplorableTrace } from './recording.js';

export interface RangeOptions extends Pick<WantedPasses, 'wholeLimit' | 'tornLimit'> {
  traced: ExplorableTrace;
  range: PointRange;
  /** It is closed here. */
  startPool: (onLeaf: (leaf: LeafMessage) => void) => Promise<LanePool>;
  onPoint?: ((point: number) => void) | undefined;
}

/** What was finished within the limits, in the order in which it was. */
export async function exploreRange(options: RangeOptions): Promise<FinishedPoint[]> {
  const { traced, range, wholeLimit, tornLimit, onPoint } = options;
  const { pieces } = traced.recording;
  const ledgers = traced.points.slice(range.from, range.to).map((point) => new PointLedger(point, pieces));
  const passes = new Passes();
  const finished: FinishedPoint[] = [];
  const pool = await options.startPool((leaf) => {
    onPoint?.(leaf.point);
    passes.receive(leaf);
  });
  const isStopped = (): boolean => false;
  const keep = ({ point }: PointLedger, { leaves, recoveries }: Pass, torn: boolean): void => {
    finished.push({ point: point.id, ...(torn ? { torn } : {}), recoveries, leaves });
  };
  try {
    await Promise.all(
      ledgers.map(async (ledger) => {
        const pass = await passes.make(pool, ledger.point, { limit: wholeLimit, isStopped });
        // What is not finished is explored by whoever asks, with what is left of the budget.
        if (pass.complete && ledger.finishWhole(pass.leaves)) keep(ledger, pass, false);
      }),
    );
    await Promise.all(
      ledgers
        .filter(({ isWhole, isTorn }) => isWhole && !isTorn)
        .map(async (ledger) => {
          const starts = ledger.tearStarts();
          const pass = await passes.make(pool, ledger.point, { limit: tornLimit, starts, isStopped });
          if (pass.complete) keep(ledger, pass, true);
        }),
    );
  } finally {
    await pool.close();
  }
  return finished;
}

/**
 * Explores every crash point of a trace, audits, and shrinks what was found.
 *
 * Guarantees: `exhaustive` is true only if every subset of every crash point's pending pieces is covered by
 * exactly one judged leaf (checked by counting); what a budget cut off is not counted. Findings do not depend on
 * the number of lanes.
 */
import { signatureOf } from '../judge/judgement.js';
import type { Explore } from '../scenario/schema.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import { type Audit, audit } from './audit.js';
import type { CrashPoint } from './crash-points.js';
import type { NestedOutcome } from './lane/messages.js';
import { decodeDecisions } from './lane/messages.js';
import type { LanePool, LeafMessage } from './lane-pool.js';
import { LeafBook, type Sighting } from './leaf-book.js';
import type { FinishedPoint, ProgressFile } from './progress-file.js';
import type { ExplorableTrace } from './recording.js';
import { lostSubsets } from './sample.js';
import { shrinkLost } from './shrink.js';

export interface ExplorationProgress {
  points: number;
  pointsDone: number;
  /** Crash states proven so far. */
  states: bigint;
  totalStates: bigint;
  recoveries: number;
  violations: number;
}

export interface Exploration {
  outcome: Outcome;
  sightings: Sighting[];
  crashPoints: number;
  pendingWrites: number;
  states: bigint;
  recoveries: number;
  exhaustive: boolean;
  audit: Audit;
  /** Crash states of recoveries that were crashed again; null when that was not asked for. */
  nested: { crashPoints: number; states: bigint; complete: boolean } | null;
  /** Crash points taken over from an interrupted run. */
  resumedPoints: number;
  notes: string[];
}

export interface ExplorationOptions {
  traced: ExplorableTrace;
  explore: Explore;
  startPool: (onLeaf: (leaf: LeafMessage) => void) => Promise<LanePool>;
  progressFile: ProgressFile | null;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Part of the recovery budget kept back for sampling the crash points that were not finished. */
const samplingShare = 0.2;

export async function exploreTrace(options: ExplorationOptions): Promise<Exploration> {
  const explorer = new Explorer(options);
  try {
    return await explorer.run();
  } finally {
    await explorer.close();
  }
}

class Explorer {
  readonly #book = new LeafBook();
  readonly #pending: number[][];
  readonly #complete = new Set<number>();
  /** Leaves of points under way, in full, for the progress file. */
  readonly #underWay = new Map<number, FinishedPoint>();
  readonly #sampled = new Map<number, number>();
  #pool: LanePool | null = null;
  #recoveries = 0;
  #states = 0n;
  readonly #totalStates: bigint;
  #outOfTime = false;
  #nested: Exploration['nested'];
  #resumedPoints = 0;

  constructor(private readonly options: ExplorationOptions) {
    const { recording, points } = options.traced;
    this.#pending = points.map((point) => recording.pieces.pendingAt(point));
    this.#totalStates = this.#pending.reduce((sum, pending) => sum + 2n ** BigInt(pending.length), 0n);
    this.#nested = options.explore.nested ? { crashPoints: 0, states: 0n, complete: true } : null;
  }

  async run(): Promise<Exploration> {
    const { explore, traced, signal, progressFile } = this.options;
    for (const finished of progressFile?.load() ?? []) this.#resume(finished);
    this.#pool = await this.options.startPool((leaf) => this.#receive(leaf));
    signal?.throwIfAborted();
    const stop = (): void => this.#pool?.stopExploring();
    const timer =
      explore.budget.time === undefined
        ? undefined
        : setTimeout(() => {
            this.#outOfTime = true;
            stop();
          }, explore.budget.time);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await this.#explorePoints();
      signal?.throwIfAborted();
      await this.#sampleUnfinished();
      const audited = await audit({
        pool: this.#pool,
        book: this.#book,
        points: [...this.#complete]
          .sort((a, b) => a - b)
          .map((point) => ({ point, pending: this.#pending[point]! })),
        samples: explore.audit,
        seed: explore.seed,
      });
      this.#recoveries += audited.sampled;
      signal?.throwIfAborted();
      const sightings = await this.#shrunk();
      return this.#result(traced.points, audited, sightings);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  /** In passes: every crash point a fair share first, then what is left of the budget for the unfinished. */
  async #explorePoints(): Promise<void> {
    const { budget } = this.options.explore;
    const limit = budget.recoveries_per_crash_point ?? Number.POSITIVE_INFINITY;
    let previousShare = 0;
    for (;;) {
      const unfinished = this.#unfinished();
      const left = Math.floor(budget.recoveries * (1 - samplingShare)) - this.#recoveries;
      const share = Math.min(limit, Math.floor(left / Math.max(1, unfinished.length)));
      // Another pass only pays when it can get clearly further than the one before.
      if (unfinished.length === 0 || this.#outOfTime || share < 1 || share < previousShare * 2) return;
      previousShare = share;
      await Promise.all(
        unfinished.map(async ({ id, acks }) => {
          this.#begin(id);
          const { complete } = await this.#pool!.explore(id, share, acks);
          if (complete) this.#finish(id);
        }),
      );
    }
  }

  #unfinished(): CrashPoint[] {
    return this.options.traced.points.filter(({ id }) => !this.#complete.has(id));
  }

  #begin(point: number): void {
    this.#states -= this.#book.statesOf(point, this.#pending[point]!.length);
    this.#book.forgetLeaves(point);
    this.#underWay.set(point, { point, recoveries: 0, leaves: [] });
  }

  #receive({ point, decisions, problems, remembered, nested }: LeafMessage): void {
    const entry = this.#underWay.get(point)!;
    entry.leaves.push({ decisions, problems, ...(nested ? { nested } : {}) });
    if (!remembered) {
      this.#recoveries++;
      entry.recoveries++;
    }
    this.#addNested(nested);
    this.#book.add(point, decisions, problems, nested?.problems);
    this.#states += 2n ** BigInt(this.#pending[point]!.length - decisions.length);
    this.#report();
  }

  #finish(point: number): void {
    const expected = 2n ** BigInt(this.#pending[point]!.length);
    const covered = this.#book.statesOf(point, this.#pending[point]!.length);
    if (covered !== expected) {
      throw new Error(`crash point ${point}: the leaves cover ${covered} of ${expected} crash states`);
    }
    this.#complete.add(point);
    this.options.progressFile?.add(this.#underWay.get(point)!);
    this.#underWay.delete(point);
    this.#report();
  }

  /** Takes over a point that an earlier run finished, if its leaves are of this trace and cover all of it. */
  #resume({ point, recoveries, leaves }: FinishedPoint): void {
    const pending = this.#pending[point];
    if (!pending || this.#complete.has(point)) return;
    const pieces = new Set(pending);
    let states = 0n;
    for (const { decisions } of leaves) {
      if (!decodeDecisions(decisions).every(({ piece }) => pieces.has(piece))) return;
      states += 2n ** BigInt(Math.max(0, pending.length - decisions.length));
    }
    if (states !== 2n ** BigInt(pending.length)) return;
    for (const { decisions, problems, nested } of leaves) {
      this.#book.add(point, decisions, problems, nested?.problems);
      this.#addNested(nested);
    }
    this.#resumedPoints++;
    this.#recoveries += recoveries;
    this.#states += states;
    this.#complete.add(point);
  }

  #addNested(nested: NestedOutcome | undefined): void {
    if (!nested || !this.#nested) return;
    this.#recoveries += nested.recoveries;
    this.#nested.crashPoints += nested.crashPoints;
    this.#nested.states += BigInt(nested.states);
    this.#nested.complete &&= nested.complete;
  }

  async #sampleUnfinished(): Promise<void> {
    const { explore, signal } = this.options;
    const unfinished = this.#unfinished();
    const left = explore.budget.recoveries - this.#recoveries;
    if (unfinished.length === 0 || left < 1 || this.#outOfTime) return;
    const share = Math.max(1, Math.floor(left / unfinished.length));
    await Promise.all(
      unfinished.map(async ({ id }) => {
        let tried = 0;
        for (const lost of lostSubsets(this.#pending[id]!, explore.seed)) {
          if (tried >= share || signal?.aborted) return;
          if (this.#book.leafOf(id, new Set(lost))) continue;
          tried++;
          const { problems } = await this.#pool!.judge(id, lost, { fromMemory: true });
          this.#recoveries++;
          this.#states++;
          this.#sampled.set(id, (this.#sampled.get(id) ?? 0) + 1);
          for (const problem of problems) this.#book.see(problem, id, lost, false);
          this.#report();
        }
      }),
    );
  }

  async #shrunk(): Promise<Sighting[]> {
    const all = this.#book.sightings();
    const worthIt = all.slice(0, this.options.explore.max_findings).filter(({ nested }) => !nested);
    const shrunk = await Promise.all(
      worthIt.map(async (sighting) => {
        const lost = await shrinkLost(sighting.lost, async (fewer) => {
          const { problems } = await this.#pool!.judge(sighting.point, fewer, { fromMemory: true });
          return problems.some((problem) => signatureOf(problem) === sighting.signature);
        });
        return [sighting.signature, { ...sighting, lost }] as const;
      }),
    );
    const bySignature = new Map(shrunk);
    return all.map((sighting) => bySignature.get(sighting.signature) ?? sighting);
  }

  #result(points: readonly CrashPoint[], audited: Audit, sightings: Sighting[]): Exploration {
    const exhaustive = this.#complete.size === points.length && (this.#nested?.complete ?? true);
    const notes: string[] = [];
    if (!exhaustive) {
      const unfinished = this.#unfinished().length;
      const why = this.#outOfTime ? 'time budget' : 'recovery budget';
      notes.push(
        `the ${why} ended before ${unfinished} of ${points.length} crash points were explored whole: ${this.#states} of ${this.#totalStates} crash states were judged`,
      );
    }
    if (audited.mismatched > 0) notes.push(`audit: ${audited.detail}`);
    const outcome = worst(sightings.map(({ problem }) => problem.outcome));
    return {
      // One wrong verdict means that no other one can be trusted either, a violation included.
      outcome: audited.mismatched > 0 ? 'unknown' : outcome,
      sightings,
      crashPoints: points.length,
      pendingWrites: new Set(this.#pending.flat()).size,
      states: this.#states,
      recoveries: this.#recoveries,
      exhaustive,
      audit: audited,
      nested: this.#nested,
      resumedPoints: this.#resumedPoints,
      notes,
    };
  }

  #report(): void {
    this.options.onProgress?.({
      points: this.#pending.length,
      pointsDone: this.#complete.size,
      states: this.#states,
      totalStates: this.#totalStates,
      recoveries: this.#recoveries,
      violations: this.#book.violations,
    });
  }
}

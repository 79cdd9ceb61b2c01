/**
 * Explores every crash point of a trace, audits, and shrinks what was found.
 *
 * Guarantees: `exhaustive` is true only if every crash state of every crash point, by the granularity, is covered by
 * exactly one judged leaf (checked by counting); what a budget cut off is not counted. Budgets are counts: every crash
 * point gets its least before any gets more, and what is looked at does not depend on the machine's speed. Findings do
 * not depend on the number of lanes.
 */
import { endStateRefusal } from '../judge/checker-verdict.js';
import { signatureOf } from '../judge/judgement.js';
import type { Explore } from '../scenario/schema/explore.js';
import { CheckerRefusesEndError } from '../verdict/errors.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import { type Audit, audit, notAudited } from './audit.js';
import { Budget } from './budget.js';
import type { NestedOutcome } from './lane/messages.js';
import { decodeDecisions } from './lane/messages.js';
import { type ExplorationStart, type LanePool, LanesGivenUp, type LeafMessage } from './lane-pool.js';
import { LeafBook, type Sighting } from './leaf-book.js';
import { type Kind, OfferedPasses, type WantedPasses } from './offered-passes.js';
import { type Pass, Passes } from './passes.js';
import { type LeafRecord, PointLedger } from './point-ledger.js';
import type { FinishedPoint, ProgressFile } from './progress-file.js';
import type { ExplorableTrace } from './recording.js';
import { lostSubsets, systematicSubsets, tornSubsets } from './sample.js';
import { shrinkLost } from './shrink.js';
import { SingleStates } from './single-states.js';
import { unseenOf } from './unseen.js';

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
  /** Every crash point got at least: everything pending lost, all of it there, each single write missing. */
  systematic: boolean;
  /** What was not looked at; empty exactly when exhaustive. */
  unseen: string[];
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
  /** What the user's time leaves for it; null: as long as it takes. By default what `explore` says. */
  timeMs?: number | null | undefined;
  /** A checker judges: first it must accept the end of the recording with nothing lost. */
  checksEnd?: boolean | undefined;
  /**
   * Asked once, when every crash point got the least that it gets in any case: whether what was found is enough, and
   * nothing more needs to be paid for.
   */
  isEnough?: (() => boolean) | undefined;
  /** Has others explore crash points of the same trace; what they leave out is explored here. */
  askOthers?: ((wanted: WantedPasses) => Promise<readonly FinishedPoint[]>) | undefined;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** After the user's time a crash state that is being looked at may take so long. */
const graceMs = 1500;
/** The same once somebody wants the run to end. */
const abortGraceMs = 500;
/** Part of the budget that the first pass over all crash points may take, and of what is left the further ones. */
const passShare = 0.4;

export async function exploreTrace(options: ExplorationOptions): Promise<Exploration> {
  const explorer = new Explorer(options);
  try {
    return await explorer.run();
  } finally {
    await explorer.close();
  }
}

class Explorer {
  readonly #book: LeafBook;
  readonly #ledgers: PointLedger[];
  readonly #budget: Budget;
  readonly #passes = new Passes();
  readonly #single: SingleStates;
  #offered: OfferedPasses | null = null;
  /** Ends what others are asked for. */
  readonly #halt = new AbortController();
  #pool: LanePool | null = null;
  #recoveries = 0;
  #states = 0n;
  #pointsDone = 0;
  readonly #totalStates: bigint;
  #outOfTime = false;
  #foundEnough = false;
  #nested: Exploration['nested'];
  readonly #resumed = new Set<number>();

  constructor(private readonly options: ExplorationOptions) {
    const { recording, points } = options.traced;
    this.#book = new LeafBook(recording.pieces);
    this.#ledgers = points.map((point) => new PointLedger(point, recording.pieces));
    this.#budget = new Budget(options.explore, this.#ledgers);
    this.#single = new SingleStates(this.#book, this.#budget, {
      judge: async (point, lost) => (await this.#judged(point, lost, { fromMemory: true }))?.problems ?? null,
      isStopped: () => this.#stopped,
      onTried: () => {
        this.#recoveries++;
        this.#states++;
        this.#report();
      },
    });
    this.#totalStates = this.#ledgers.reduce((sum, { count }) => sum + count.total, 0n);
    this.#nested = options.explore.nested ? { crashPoints: 0, states: 0n, complete: true } : null;
  }

  async run(): Promise<Exploration> {
    const { explore, signal, progressFile } = this.options;
    const { timeMs = explore.budget.time ?? null } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = (): void => {
      this.#outOfTime = true;
      stop();
      // Who is still at a crash state by then hangs, or its checker does.
      timer = setTimeout(() => this.#pool?.abandon(), graceMs);
    };
    if (timeMs !== null) timer = setTimeout(timeIsUp, timeMs);
    const stop = (): void => {
      this.#halt.abort();
      this.#pool?.stopExploring();
    };
    const abort = (): void => {
      stop();
      clearTimeout(timer);
      timer = setTimeout(() => this.#pool?.abandon(), abortGraceMs);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (const finished of progressFile?.load() ?? []) this.#resume(finished);
      this.#pool = await this.options.startPool((leaf) => this.#receive(leaf));
      signal?.throwIfAborted();
      if (this.options.checksEnd) await this.#checkEnd();
      if (this.#outOfTime) stop();
      if (this.options.isEnough) {
        await this.#trySystematic();
        this.#foundEnough = !this.#stopped && this.options.isEnough();
      }
      if (!this.#foundEnough) {
        await this.#askOthers();
        await this.#exploreWhole({ once: true });
        await this.#trySystematic();
        await this.#exploreWhole({ once: false });
        await this.#tearWrites();
        await this.#sampleUnfinished();
      }
      signal?.throwIfAborted();
      const audited = this.#outOfTime
        ? notAudited
        : ((await this.#audit().catch(unlessGivenUp)) ?? notAudited);
      const sightings = await this.#shrunk();
      signal?.throwIfAborted();
      return this.#result(audited, sightings);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** @throws CheckerRefusesEndError */
  async #checkEnd(): Promise<void> {
    const end = this.options.traced.points.findLast(({ reason }) => reason === 'end');
    if (!end) return;
    const { problems = [] } = (await this.#judged(end.id, [], { fromMemory: false })) ?? {};
    const refusal = endStateRefusal({ problems: problems.filter(({ kind }) => kind === 'checker') });
    if (refusal !== null) throw new CheckerRefusesEndError(refusal);
  }

  /** null: the lanes were given up. */
  #judged(...asked: Parameters<LanePool['judge']>): Promise<Awaited<ReturnType<LanePool['judge']>> | null> {
    return this.#pool!.judge(...asked).catch(unlessGivenUp);
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  get #stopped(): boolean {
    return this.#outOfTime || this.options.signal?.aborted === true;
  }

  /** Passes over the crash points that are not finished, each with a fair share of the budget. */
  async #exploreWhole({ once }: { once: boolean }): Promise<void> {
    let previous = 0;
    do {
      const unfinished = this.#ledgers.filter(({ isWhole }) => !isWhole);
      const share = this.#shareOf(unfinished, passShare);
      // Another pass only pays when it can get clearly further than the one before.
      if (unfinished.length === 0 || this.#stopped || share < 1 || share < previous * 2) return;
      previous = share;
      await Promise.all(
        unfinished.map(async (ledger) => {
          const { complete, leaves, recoveries } = await this.#pass(ledger, 'whole', share);
          this.#states -= ledger.states;
          this.#book.forgetLeaves(ledger.point.id);
          ledger.leaves = leaves;
          if (complete && !ledger.finishWhole(leaves)) throw this.#miscounted(ledger, leaves);
          this.#states += ledger.states;
          this.#pointsDone += ledger.isWhole && ledger.isTorn ? 1 : 0;
          for (const leaf of leaves) this.#addToBook(ledger, leaf);
          if (complete)
            this.options.progressFile?.add({ point: ledger.point.id, recoveries, leaves: [...leaves] });
          this.#report();
        }),
      );
    } while (!once);
  }

  /** The writes of crash points that are finished otherwise torn, one at a time. */
  async #tearWrites(): Promise<void> {
    let previous = 0;
    for (;;) {
      const untorn = this.#ledgers.filter(({ isWhole, isTorn }) => isWhole && !isTorn);
      const share = this.#shareOf(untorn, 1);
      if (untorn.length === 0 || this.#stopped || share < 1 || share < previous * 2) return;
      previous = share;
      await Promise.all(
        untorn.map(async (ledger) => {
          const { complete, leaves, recoveries } = await this.#pass(
            ledger,
            'torn',
            share,
            ledger.tearStarts(),
          );
          // What was seen in a pass that was cut short is tried again one by one, or with a larger share.
          if (!complete) {
            for (const leaf of leaves) this.#see(ledger, leaf);
            return;
          }
          this.#states -= ledger.states;
          if (!ledger.finishTorn(leaves)) throw this.#miscounted(ledger, leaves);
          this.#states += ledger.states;
          this.#pointsDone++;
          for (const leaf of leaves) this.#addToBook(ledger, leaf);
          this.options.progressFile?.add({
            point: ledger.point.id,
            torn: true,
            recoveries,
            leaves: [...leaves],
          });
          this.#report();
        }),
      );
    }
  }

  #shareOf(ledgers: readonly PointLedger[], part: number): number {
    const left = Math.floor(this.#budget.left * part);
    return Math.min(this.#budget.perPoint, Math.floor(left / Math.max(1, Budget.disks(ledgers))));
  }

  /** One that others have made already counts like one of our own. */
  async #pass(
    ledger: PointLedger,
    kind: Kind,
    limit: number,
    starts?: readonly ExplorationStart[],
  ): Promise<Pass> {
    const offered = this.#offered?.take(ledger, kind, limit) ?? null;
    this.#recoveries += offered?.recoveries ?? 0;
    const isStopped = (): boolean => this.#stopped;
    const pass =
      offered ?? (await this.#passes.make(this.#pool!, ledger.point, { limit, starts, isStopped }));
    this.#budget.spend(ledger.point, kind, pass.leaves.length);
    return pass;
  }

  /** Asks others for the first passes over all crash points that are not finished. */
  async #askOthers(): Promise<void> {
    const unfinished = this.#ledgers.filter(({ isWhole }) => !isWhole);
    if (!this.options.askOthers || unfinished.length === 0 || this.#stopped) return;
    const points = unfinished.map(({ point }) => point.id);
    const [wholeLimit, tornLimit] = [this.#shareOf(unfinished, passShare), this.#shareOf(unfinished, 1)];
    const wanted = { points, wholeLimit, tornLimit, signal: this.#halt.signal };
    this.#offered = new OfferedPasses(points, await this.options.askOthers(wanted));
  }

  #receive(leaf: LeafMessage): void {
    this.#passes.receive(leaf);
    if (!leaf.remembered) this.#recoveries++;
    this.#report();
  }

  #addToBook(ledger: PointLedger, leaf: LeafRecord): void {
    this.#addNested(leaf.nested);
    this.#book.add(ledger.point.id, { ...leaf, nested: leaf.nested?.problems });
  }

  /** What a leaf showed, without the claim that all it stands for was covered. */
  #see({ point }: PointLedger, { problems, torn }: LeafRecord): void {
    for (const problem of problems) this.#book.see(problem, point.id, torn!.lost, false);
  }

  #miscounted({ point, count, states }: PointLedger, leaves: readonly LeafRecord[]): Error {
    return new Error(
      `crash point ${point.id}: ${leaves.length} leaves cover ${states} of ${count.total} crash states (${count.whole} with whole writes)`,
    );
  }

  /** Takes over a point that an earlier run finished, if its leaves are of this trace and cover all of it. */
  #resume({ point, recoveries, leaves, torn = false }: FinishedPoint): void {
    const ledger = this.#ledgers[point];
    if (!ledger || (torn ? ledger.isTorn || !ledger.isWhole : ledger.isWhole)) return;
    if (!leaves.every(({ decisions }) => ledger.count.knows(decodeDecisions(decisions)))) return;
    const before = torn ? ledger.states : 0n;
    if (!(torn ? ledger.finishTorn(leaves) : ledger.finishWhole(leaves))) return;
    for (const leaf of leaves) this.#addToBook(ledger, leaf);
    this.#resumed.add(point);
    this.#pointsDone += ledger.isWhole && ledger.isTorn ? 1 : 0;
    this.#recoveries += recoveries;
    this.#states += ledger.states - before;
    this.#budget.spend(ledger.point, torn ? 'torn' : 'whole', leaves.length);
  }

  #addNested(nested: NestedOutcome | undefined): void {
    if (!nested || !this.#nested) return;
    this.#recoveries += nested.recoveries;
    this.#nested.crashPoints += nested.crashPoints;
    this.#nested.states += BigInt(nested.states);
    this.#nested.complete &&= nested.complete;
  }

  /** The least that every crash point gets, one state of each in turn. */
  async #trySystematic(): Promise<void> {
    const unfinished = this.#ledgers
      .filter(({ isWhole }) => !isWhole)
      .map((ledger) => ({ ledger, left: systematicSubsets(ledger.pending, ledger.byDisk) }));
    await this.#single.tryInTurn(unfinished.map(({ ledger, left }) => ({ ledger, states: left.values() })));
    for (const { ledger, left } of unfinished) {
      ledger.isSystematic = !this.#stopped && left.every((lost) => this.#single.has(ledger.point.id, lost));
    }
  }

  /** With what is left of the budget: more single states of the crash points that were not finished. */
  async #sampleUnfinished(): Promise<void> {
    const { explore, traced } = this.options;
    const unfinished = this.#ledgers.filter(({ isComplete }) => !isComplete);
    await this.#single.tryInTurn(
      unfinished.map((ledger) => ({
        ledger,
        states: ledger.isWhole
          ? tornSubsets(traced.recording.pieces, ledger.pending)
          : lostSubsets(ledger.pending, explore.seed, ledger.byDisk),
      })),
    );
  }

  async #audit(): Promise<Audit> {
    const { explore, traced } = this.options;
    const audited = await audit({
      pool: this.#pool!,
      book: this.#book,
      pieces: traced.recording.pieces,
      points: this.#ledgers
        .filter(({ isWhole }) => isWhole)
        .map(({ point, pending, isTorn }) => ({ point: point.id, pending, torn: isTorn })),
      samples: explore.audit,
      seed: explore.seed,
    });
    this.#recoveries += audited.sampled;
    return audited;
  }

  async #shrunk(): Promise<Sighting[]> {
    const all = this.#book.sightings();
    const worthIt = all.slice(0, this.options.explore.max_findings).filter(({ nested }) => !nested);
    const shrunk = await Promise.all(
      worthIt.map(async (sighting) => {
        const lost = await shrinkLost(sighting.lost, async (fewer) => {
          if (this.#stopped) return false;
          const judged = await this.#judged(sighting.point, fewer, { fromMemory: true });
          return judged?.problems.some((problem) => signatureOf(problem) === sighting.signature) ?? false;
        });
        return [sighting.signature, { ...sighting, lost }] as const;
      }),
    );
    const bySignature = new Map(shrunk);
    return all.map((sighting) => bySignature.get(sighting.signature) ?? sighting);
  }

  #result(audited: Audit, sightings: Sighting[]): Exploration {
    const judged = { states: this.#states, totalStates: this.#totalStates };
    const unseen = unseenOf(this.#ledgers, judged, {
      outOfTime: this.#outOfTime,
      foundEnough: this.#foundEnough,
      budget: this.#budget,
    });
    if (this.#nested?.complete === false)
      unseen.push('not every recovery could be crashed again within the budget');
    const systematic = this.#ledgers.every(({ isSystematic }) => isSystematic);
    const notes = [...unseen];
    if (audited.mismatched > 0) notes.push(`audit: ${audited.detail}`);
    const found = worst(sightings.map(({ problem }) => problem.outcome));
    return {
      // One wrong verdict means that no other one can be trusted either, a violation included.
      outcome: audited.mismatched > 0 || (found === 'pass' && !systematic) ? 'unknown' : found,
      sightings,
      crashPoints: this.#ledgers.length,
      pendingWrites: new Set(this.#ledgers.flatMap(({ pending }) => pending)).size,
      states: this.#states,
      recoveries: this.#recoveries,
      exhaustive: unseen.length === 0,
      systematic,
      unseen,
      audit: audited,
      nested: this.#nested,
      resumedPoints: this.#resumed.size,
      notes,
    };
  }

  #report(): void {
    this.options.onProgress?.({
      points: this.#ledgers.length,
      pointsDone: this.#pointsDone,
      states: this.#states,
      totalStates: this.#totalStates,
      recoveries: this.#recoveries,
      violations: this.#book.violations,
    });
  }
}

function unlessGivenUp(error: unknown): null {
  if (error instanceof LanesGivenUp) return null;
  throw error;
}

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from '../judge/judgement.js';
import { type Durability, durability, type SyncChanges } from '../model/durability.js';
import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import type { Checker, Explore } from '../scenario/schema.js';
import type { Coverage } from '../verdict/results.js';
import type { Breach } from './breach.js';
import { type CheckerRunner, checkerRunner } from './checker-process.js';
import { type Choice, crashChoices, withoutUnsupported } from './crash-choices.js';
import { writeCrashDirectory } from './crash-directory.js';
import { type ContractCrashPoint, contractCrashPoints, crashPointSummary } from './crash-points.js';
import { CrashTrees } from './crash-tree.js';
import { crashUnits, pendingAt, type UnitSet } from './crash-units.js';

export interface CheckStatesOptions {
  history: History;
  model: PersistenceModel;
  checker: Checker;
  explore: Explore;
  env: NodeJS.ProcessEnv;
  /** Sync calls added or left out, to see whether they help. */
  changes?: SyncChanges;
  /** For crash directories; emptied afterwards. */
  workDir: string;
  lanes: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((states: number) => void) | undefined;
}

export interface CheckStatesResult {
  breaches: Breach[];
  /** First reasons why a state's outcome is unknown. */
  unknown: string[];
  coverage: Coverage;
}

const defaultTimeMs = 10_000;
/** Choices handed out at once: the clock is looked at in between. */
const batch = 16;
/** Choices tried at each crash point before any gets more. */
const firstRound = 48;

/**
 * Shows the checker the crash directories that a model allows. States equal in content and acks are checked once.
 * The smallest loss that still breaks the promise is found for each distinct reason the checker gives.
 */
export async function checkStates(options: CheckStatesOptions): Promise<CheckStatesResult> {
  const run = new StateCheck(options);
  try {
    return await run.run();
  } finally {
    run.close();
  }
}

interface Prepared {
  point: ContractCrashPoint;
  set: UnitSet;
  trees: CrashTrees;
}

class StateCheck {
  private readonly durable: Durability;
  private readonly answers = new Map<string, Promise<Judgement>>();
  private readonly lanes: { runner: CheckerRunner; directory: string; busy: Promise<unknown> }[];
  private readonly unknown = new Set<string>();
  private readonly broken = new Map<string, { prepared: Prepared; choice: Choice; reason: string }>();
  private readonly deadline: number;
  private readonly limit: number;
  private states = 0;

  constructor(private readonly options: CheckStatesOptions) {
    const { history, model, checker, env, workDir, explore } = options;
    this.durable = durability(history, model, options.changes);
    this.deadline = performance.now() + (explore.budget.time ?? defaultTimeMs);
    this.limit = explore.budget.recoveries;
    this.lanes = Array.from({ length: options.lanes }, (_, lane) => ({
      runner: checkerRunner({ checker, env, stateFile: join(workDir, `state-${lane}.json`) }),
      directory: join(workDir, `state-${lane}`),
      busy: Promise.resolve(),
    }));
  }

  async run(): Promise<CheckStatesResult> {
    const points = contractCrashPoints(this.options.history, this.durable);
    let exhaustive = true;
    let pendingWrites = 0;
    for (const limit of [firstRound, this.limit]) {
      exhaustive = true;
      for (const point of points) {
        const prepared = this.prepare(point);
        pendingWrites = Math.max(pendingWrites, prepared.set.units.length);
        const chosen = crashChoices(prepared.set, {
          exhaustiveUnits: 12,
          limit,
          seed: this.options.explore.seed,
        });
        exhaustive &&= chosen.exhaustive;
        for (let next = 0; next < chosen.choices.length && !this.exhausted(); next += batch) {
          const choices = chosen.choices.slice(next, next + batch);
          await Promise.all(choices.map((choice) => this.visit(prepared, choice)));
        }
        if (this.exhausted()) exhaustive = false;
      }
      if (exhaustive || this.exhausted()) break;
    }
    const breaches: Breach[] = [];
    for (const { prepared, choice, reason } of this.broken.values())
      breaches.push(await this.explain(prepared, choice, reason));
    return {
      breaches,
      unknown: [...this.unknown],
      coverage: {
        engine: 'contract',
        crash_points: points.length,
        pending_writes: pendingWrites,
        states: String(this.answers.size),
        recoveries: this.states,
        scope: `the states that the model ${this.options.model.name} allows`,
        exhaustive,
        systematic: exhaustive,
        unseen: exhaustive ? [] : ['allowed states beyond explore.budget'],
        audit: { sampled: 0, mismatched: 0 },
      },
    };
  }

  close(): void {
    for (const { runner, directory } of this.lanes) {
      runner.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  private exhausted(): boolean {
    return (
      this.states >= this.limit ||
      performance.now() > this.deadline ||
      (this.options.signal?.aborted ?? false)
    );
  }

  private prepare(point: ContractCrashPoint): Prepared {
    const { history, model } = this.options;
    const set = crashUnits(pendingAt(history.effects, this.durable, point.position), model);
    return { point, set, trees: new CrashTrees(history, this.durable, point.position, set) };
  }

  private async visit(prepared: Prepared, choice: Choice): Promise<void> {
    const [problem] = (await this.answer(prepared, choice))?.problems ?? [];
    if (!problem) return;
    const { outcome, detail: reason } = problem;
    if (outcome === 'unknown' && this.unknown.size < 5) this.unknown.add(reason);
    if (outcome !== 'violation') return;
    const kind = reason.replace(/[0-9]+/g, '#');
    const known = this.broken.get(kind);
    const missing = (each: Choice): number => each.filter((present) => !present).length;
    if (known && missing(known.choice) <= missing(choice)) return;
    if (known || this.broken.size < this.options.explore.max_findings) {
      this.broken.set(kind, { prepared, choice, reason });
    }
  }

  /** null: the budget is used up and this state was not seen before. */
  private answer(prepared: Prepared, choice: Choice): Promise<Judgement> | null {
    const { point, trees } = prepared;
    const tree = trees.tree(choice);
    const key = `${trees.digest(tree)} ${point.acks}`;
    const known = this.answers.get(key);
    if (known) return known;
    if (this.exhausted()) return null;
    this.states++;
    this.options.onProgress?.(this.states);
    const { history } = this.options;
    const lane = this.lanes[this.states % this.lanes.length]!;
    const answer = lane.busy.then(() => {
      writeCrashDirectory(tree, lane.directory);
      return lane.runner.check({
        directory: lane.directory,
        acks: history.acks.slice(0, point.acks).map(({ text }) => text),
        crash_point: crashPointSummary(history, point),
      });
    });
    lane.busy = answer.catch(() => {});
    this.answers.set(key, answer);
    return answer;
  }

  /** Puts back whatever the violation does not need, then names what stays missing. */
  private async explain(prepared: Prepared, broken: Choice, reason: string): Promise<Breach> {
    let choice = broken;
    for (let index = 0; index < choice.length; index++) {
      if (choice[index]) continue;
      const fuller = withoutUnsupported(
        prepared.set,
        choice.map((present, other) => present || other === index),
      );
      if (!fuller[index]) continue;
      const answer = await this.answer(prepared, fuller);
      if (answer?.problems[0]?.outcome === 'violation') choice = fuller;
    }
    const { history } = this.options;
    const { point, set } = prepared;
    const missing = [...new Set(set.units.filter((_, index) => !choice[index]).map(({ effect }) => effect))];
    const ack = point.acks > 0 ? history.acks[point.acks - 1]! : null;
    const last = missing.at(-1) ?? null;
    const later = this.laterSurvivor(missing, prepared, choice);
    const beforeAck = ack !== null && last !== null && missing.every(({ at }) => at < ack.at);
    const failedStep = last ? (this.durable.failedBy.get(last.id) ?? null) : null;
    const titles = [...new Set(missing.map(({ step }) => history.steps[step]!.title))].slice(0, 3).join(', ');
    const fits = last !== null && (beforeAck || later !== null);
    return {
      kind: 'checker',
      path: null,
      effects: missing,
      ack: beforeAck || !later ? ack : null,
      beforeStep: !beforeAck && later ? later.step : null,
      missing: fits && failedStep === null ? { inode: last.inode, afterStep: last.step } : null,
      failedStep,
      promise: 'the checker accepts every crash state',
      lost: [reason],
      sentence: fits
        ? null
        : missing.length > 0
          ? `a crash that loses ${titles} breaks the promise: ${reason}`
          : `no system call is missing: even with every call before the crash kept, ${reason}`,
      fix: null,
      acks: point.acks,
    };
  }

  /** An effect that is there although something before it is missing: the order that was broken. */
  private laterSurvivor(missing: readonly Effect[], { set, point }: Prepared, choice: Choice): Effect | null {
    const last = missing.at(-1);
    if (!last) return null;
    const chosen = new Set(set.units.filter((_, index) => choice[index]).map(({ effect }) => effect));
    const isThere = (effect: Effect): boolean =>
      chosen.has(effect) || (effect.at < point.position && this.durable.since[effect.id]! < point.position);
    return (
      this.options.history.effects.find(
        (effect) =>
          effect.id > last.id && effect.step !== last.step && effect.kind !== 'attributes' && isThere(effect),
      ) ?? null
    );
  }
}

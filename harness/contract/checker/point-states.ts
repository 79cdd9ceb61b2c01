import type { Judgement } from '../../judge/judgement.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { Durability } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import type { Choice } from '../crash/choices.js';
import { begunBefore, type ContractCrashPoint } from '../crash/points.js';
import { CrashTrees } from '../crash/tree.js';
import { crashUnits, pendingAt, type UnitSet } from '../crash/units.js';
import type { StateAnswers } from './state-answers.js';

/** Points whose trees are kept ready: rounds go over all of them again and again. */
const mostKept = 64;

/** What crashes at one point leave, and what the checker says of it. */
export class PointStates {
  private readonly trees: CrashTrees;
  /** What had begun by then: a checker is told. */
  private readonly begun: number;

  constructor(
    readonly point: ContractCrashPoint,
    readonly set: UnitSet,
    history: History,
    durable: Durability,
    private readonly answers: StateAnswers,
  ) {
    this.begun = begunBefore(history, point).length;
    this.trees = new CrashTrees(history, durable, point.position, set);
  }

  tree(choice: Choice): DirectoryTree {
    return this.trees.tree(choice);
  }

  /** States that nobody could tell apart have the same name. */
  key(choice: Choice, acks = this.point.acks): string {
    return this.nameOf(this.tree(choice), acks);
  }

  /** null: there was no time left to ask. */
  answer(choice: Choice, acks = this.point.acks): Promise<Judgement | null> {
    const tree = this.tree(choice);
    return this.answers.of({
      key: this.nameOf(tree, acks),
      tree,
      point: { ...this.point, acks },
    });
  }

  private nameOf(tree: DirectoryTree, acks: number): string {
    return `${this.trees.digest(tree)} ${acks} ${this.begun}`;
  }

  async isBroken(choice: Choice, acks?: number): Promise<boolean> {
    return (await this.answer(choice, acks))?.problems[0]?.outcome === 'violation';
  }
}

/** The states of a history's crash points, made when they are asked for. */
export class StatesOfPoints {
  private readonly kept = new Map<ContractCrashPoint, PointStates>();

  constructor(
    readonly history: History,
    readonly model: PersistenceModel,
    readonly durable: Durability,
    private readonly answers: StateAnswers,
    /** Globs of files that may hold anything. */
    readonly ignored: readonly string[],
  ) {}

  at(point: ContractCrashPoint): PointStates {
    const known = this.kept.get(point);
    if (known) return known;
    const { history, durable, answers } = this;
    const states = new PointStates(point, this.unitsAt(point), history, durable, answers);
    if (this.kept.size >= mostKept) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(point, states);
    return states;
  }

  /** Nothing new is shown to the checker any more. */
  get outOfTime(): boolean {
    return this.answers.outOfTime;
  }

  unitsAt({ position }: ContractCrashPoint): UnitSet {
    return crashUnits(pendingAt(this.history.effects, this.durable, position), this.model);
  }

  /** The states at a point as if other effects were durable there; only to find out what a loss depends on. */
  supposing(point: ContractCrashPoint, set: UnitSet): PointStates {
    const { history, answers } = this;
    const undecided = new Set(set.units.map(({ effect }) => effect.id));
    const since = Float64Array.from(history.effects, ({ id }) =>
      undecided.has(id) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
    );
    return new PointStates(point, set, history, { since, failedBy: new Map() }, answers);
  }
}

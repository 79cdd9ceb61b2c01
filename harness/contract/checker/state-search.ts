import type { Judgement, Problem } from '../../judge/judgement.js';
import { atomicUnitBytes } from '../../model/persistence-model.js';
import type { Explore } from '../../scenario/schema/explore.js';
import type { Coverage } from '../../verdict/results.js';
import type { Choice } from '../crash/choices.js';
import { type ContractCrashPoint, contractCrashPoints } from '../crash/points.js';
import { ChoiceOrder } from './choice-order.js';
import { doubtfulPositions } from './doubtful-points.js';
import type { StatesOfPoints } from './point-states.js';
import type { StateAnswers } from './state-answers.js';

/** A crash state that the checker rejects. */
export interface BrokenState {
  point: ContractCrashPoint;
  choice: Choice;
  problem: Problem;
}

export interface StateSearch {
  /** In the order of the search, which is the same on every machine. */
  broken: BrokenState[];
  /** First reasons why a state's outcome is unknown. */
  unknown: string[];
  coverage: Coverage;
}

/** Choices of one crash point before it is the next one's turn. */
const turn = 16;
/** Crash directories in all, unless the scenario says how many. */
const directoriesByDefault = 300;
/** As many are shown to reach what a pass needs at every crash point. */
const mostForSystematic = 20_000;
/** Choices tried for each distinct state, where most of them lead to one that is known. */
const mostRepeated = 20;
const mostReasons = 5;

/**
 * Goes over the crash points in turns: each gets the least that a pass needs (`ChoiceOrder`) before any gets more. What
 * ends it is a number of distinct states, and a time only where the user set one: so what it finds does not depend on
 * the machine or on how fast the checker is.
 */
export async function searchStates(
  states: StatesOfPoints,
  answers: StateAnswers,
  explore: Explore,
): Promise<StateSearch> {
  const search = new Search(states, answers, explore);
  await search.run();
  return search.result();
}

type Part = 'systematic' | 'all';

interface Visits {
  point: ContractCrashPoint;
  order: ChoiceOrder;
  undecided: number;
}

class Search {
  private readonly points: Visits[];
  /** Crash points at which it is not known what was stored through a mapping and what of that is durable. */
  private readonly notShown: number;
  private readonly visited = new Set<string>();
  private readonly broken: BrokenState[] = [];
  private readonly unknown = new Set<string>();
  private readonly batch: {
    visits: Visits;
    choice: Choice;
    key: string;
    part: Part;
    answer: Promise<Judgement | null>;
  }[] = [];
  /** Choices that showed a state known already. */
  private repeated = 0;
  private cutBy: 'explore.budget.directories' | 'explore.budget.time' | null = null;

  constructor(
    private readonly states: StatesOfPoints,
    private readonly answers: StateAnswers,
    private readonly explore: Explore,
  ) {
    const all = contractCrashPoints(states.history, states.durable);
    const isDoubtful = doubtfulPositions(states.history, states.durable, states.ignored);
    const known = all.filter(({ position }) => !isDoubtful(position));
    this.notShown = all.length - known.length;
    this.points = known.map((point) => {
      const set = states.unitsAt(point);
      return { point, order: new ChoiceOrder(set, explore.seed), undecided: set.units.length };
    });
  }

  async run(): Promise<void> {
    const { directories } = this.explore.budget;
    await this.inTurns('systematic', directories ?? mostForSystematic);
    if (this.cutBy === null) await this.inTurns('all', directories ?? directoriesByDefault);
  }

  result(): StateSearch {
    const unfinished = this.points.filter(({ order }) => !order.exhausted);
    const unsystematic = this.points.filter(({ order }) => !order.systematic);
    const exhaustive = unfinished.length + this.notShown === 0;
    return {
      broken: this.broken,
      unknown: [...this.unknown],
      coverage: {
        engine: 'contract',
        crash_points: this.points.length + this.notShown,
        pending_writes: Math.max(0, ...this.points.map(({ undecided }) => undecided)),
        states: String(this.visited.size),
        recoveries: this.answers.asked,
        scope: `the crash states that the model ${this.states.model.name} allows, writes torn at ${atomicUnitBytes(this.states.model)} bytes`,
        exhaustive,
        systematic: unsystematic.length + this.notShown === 0,
        unseen: [...this.unshown(), ...this.unseen(unfinished.length, unsystematic.length)],
        audit: { sampled: 0, mismatched: 0 },
      },
    };
  }

  private unshown(): string[] {
    if (this.notShown === 0) return [];
    return [
      `${this.notShown} of ${this.points.length + this.notShown} crash points were not shown to the checker: what was stored through mmap by then, or what of it is durable, is not known; what recovery makes anew can be left out with promise.ignore`,
    ];
  }

  private unseen(unfinished: number, unsystematic: number): string[] {
    if (unfinished === 0) return [];
    const all = this.points.length;
    const by = this.cutBy === null ? '' : ` (${this.cutBy})`;
    if (unsystematic > 0) {
      return [
        `at ${unsystematic} of ${all} crash points not even each prefix and each single omission was shown to the checker${by}`,
      ];
    }
    return [
      `at ${unfinished} of ${all} crash points only each prefix, each single omission and some of the other combinations were shown to the checker${by}`,
    ];
  }

  private async inTurns(part: Part, limit: number): Promise<void> {
    for (let left = this.points; left.length > 0; ) {
      const next: Visits[] = [];
      for (const visits of left) {
        const choices = visits.order.take(turn, part);
        if (choices.length === 0) continue;
        next.push(visits);
        this.choose(visits, choices, part, limit);
        if (this.batch.length >= turn) await this.flush();
        if (this.cutBy !== null) return this.flush();
      }
      left = next;
    }
    await this.flush();
  }

  /** Takes choices of a crash point into the next batch, as long as they show something new. */
  private choose(visits: Visits, choices: readonly Choice[], part: Part, limit: number): void {
    const states = this.states.at(visits.point);
    for (const choice of choices) {
      const key = states.key(choice);
      if (this.visited.has(key)) {
        if (++this.repeated <= limit * mostRepeated) continue;
      }
      if (this.visited.size >= limit || this.repeated > limit * mostRepeated) {
        this.cut('explore.budget.directories', visits, part);
        return;
      }
      this.visited.add(key);
      this.batch.push({ visits, choice, key, part, answer: states.answer(choice) });
    }
  }

  /** Waits for the batch's answers and takes them in the order in which they were asked for. */
  private async flush(): Promise<void> {
    const batch = this.batch.splice(0);
    const answers = await Promise.all(batch.map(({ answer }) => answer));
    for (const [index, answer] of answers.entries()) {
      const { visits, choice, key, part } = batch[index]!;
      if (answer === null) {
        this.visited.delete(key);
        this.cut('explore.budget.time', visits, part);
        continue;
      }
      const [problem] = answer.problems;
      if (problem?.outcome === 'violation') this.broken.push({ point: visits.point, choice, problem });
      else if (problem && this.unknown.size < mostReasons) this.unknown.add(problem.detail);
    }
  }

  /** Not all that was taken from this point's order is looked at. */
  private cut(by: NonNullable<Search['cutBy']>, { order }: Visits, part: Part): void {
    this.cutBy ??= by;
    order.interrupt(part);
  }
}

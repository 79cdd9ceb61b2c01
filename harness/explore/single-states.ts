/** Crash states that are tried one by one, each given by the pieces that it loses, at crash points that no pass covered. */
import type { Problem } from '../judge/judgement.js';
import type { Budget } from './budget.js';
import type { LeafBook } from './leaf-book.js';
import type { PointLedger } from './point-ledger.js';

/** States of a crash point, in the order in which they are to be tried. */
export interface StatesOfPoint {
  ledger: PointLedger;
  states: Iterator<number[]>;
}

export interface StateTrial {
  /** What is wrong with a state; null: nobody could look. */
  judge: (point: number, lost: number[]) => Promise<Problem[] | null>;
  isStopped: () => boolean;
  onTried: () => void;
}

export class SingleStates {
  readonly #tried = new Set<string>();

  constructor(
    private readonly book: LeafBook,
    private readonly budget: Budget,
    private readonly trial: StateTrial,
  ) {}

  /** Whether a state was tried here, or is covered by a leaf that was found. */
  has(point: number, lost: readonly number[]): boolean {
    return this.#tried.has(stateName(point, lost));
  }

  /** One of each crash point in turn, as long as there are any and the budget lasts. */
  async tryInTurn(sources: readonly StatesOfPoint[]): Promise<void> {
    let open = sources.map((source) => ({ ...source, tried: 0 }));
    while (open.length > 0 && !this.trial.isStopped()) {
      const round: Promise<void>[] = [];
      open = open.filter((source) => {
        if (this.budget.left < 1 || source.tried >= this.budget.perPoint) return false;
        const lost = this.#nextOf(source);
        if (!lost) return false;
        source.tried++;
        this.budget.spendOne();
        round.push(this.#try(source.ledger, lost));
        return true;
      });
      await Promise.all(round);
    }
  }

  /** The next state that is not covered yet. */
  #nextOf({ ledger, states }: StatesOfPoint): number[] | null {
    const { id } = ledger.point;
    for (let next = states.next(); !next.done; next = states.next()) {
      if (this.has(id, next.value)) continue;
      if (!this.book.leafOf(id, new Set(next.value))) return next.value;
      this.#tried.add(stateName(id, next.value));
    }
    return null;
  }

  async #try(ledger: PointLedger, lost: number[]): Promise<void> {
    const { id } = ledger.point;
    const problems = await this.trial.judge(id, lost);
    if (problems === null) return;
    this.#tried.add(stateName(id, lost));
    ledger.sampled++;
    for (const problem of problems) this.book.see(problem, id, lost, false);
    this.trial.onTried();
  }
}

function stateName(point: number, lost: readonly number[]): string {
  return `${point} ${lost.join()}`;
}

/**
 * Whether a promise could tell that sync calls are gone.
 *
 * A crash state is a tree and the acks given by then. Leaving a sync call out keeps effects pending for longer; that
 * allows a new state only if something happens meanwhile: an ack that may rest on them, or another effect that may
 * survive without them. Where nothing does, each state was allowed just before the call, too, and no test whatever
 * can miss it: provided that there was such a moment, which a write on an O_DSYNC descriptor does not have. Where
 * something does, it depends on what is promised.
 */
import { type Durability, durability, noSyncChanges, type SyncChanges } from '../model/durability.js';
import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { PersistenceModel } from '../model/persistence-model.js';

/** An effect that is durable later than it was. */
interface Delayed {
  effect: Effect;
  since: number;
  until: number;
}

/** How the states that a model allows change with sync calls left out or displaced. */
export type StateChange =
  /** No new state: the proof in words. */
  | { kind: 'none'; proof: string }
  /** A state that was not allowed before, and what makes the effects durable in the end, both in words. */
  | { kind: 'more'; state: string; later: string };

export class StateChanges {
  private readonly before: Durability;

  constructor(
    private readonly history: History,
    private readonly model: PersistenceModel,
  ) {
    this.before = durability(history, model, noSyncChanges);
  }

  of(changes: SyncChanges): StateChange {
    const after = durability(this.history, this.model, changes);
    const delayed = this.history.effects.flatMap((effect): Delayed[] => {
      const [since, until] = [this.before.since[effect.id]!, after.since[effect.id]!];
      return until > since ? [{ effect, since, until }] : [];
    });
    if (delayed.length === 0) {
      return {
        kind: 'none',
        proof: 'nothing is durable later without it: it makes nothing durable that is not already',
      };
    }
    const later = this.laterIn(delayed);
    for (const { effect, since, until } of delayed) {
      const title = this.titleOf(effect);
      if (since <= effect.at) return { kind: 'more', later, state: `${title} has returned and is lost` };
      const ack = this.history.acks.find(({ at }) => at > since && at < until);
      if (ack) return { kind: 'more', later, state: `after ack '${ack.text}', ${title} is lost` };
      const other = this.history.effects.find(({ at }) => at > since && at < until);
      if (other)
        return { kind: 'more', later, state: `${this.titleOf(other)} is there, and ${title} is lost` };
    }
    return { kind: 'none', proof: `${later}, and no ack and no change lies between` };
  }

  /** `write(a, 0, 5) is durable with fsync(.)` */
  private laterIn(delayed: readonly Delayed[]): string {
    const { effect, until } = delayed.at(-1)!;
    const others = new Set(delayed.map(({ effect: { step } }) => step)).size - 1;
    const what = `${this.titleOf(effect)}${others > 0 ? ` and ${others} more` : ''}`;
    const by = this.history.steps.findLast(({ exit }) => exit <= until);
    return Number.isFinite(until) && by
      ? `without it ${what} ${others > 0 ? 'are' : 'is'} durable with ${by.title}`
      : `without it ${what} ${others > 0 ? 'are' : 'is'} not durable at the end`;
  }

  private titleOf({ step }: Effect): string {
    return this.history.steps[step]!.title;
  }
}

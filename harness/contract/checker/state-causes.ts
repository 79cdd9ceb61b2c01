import { type AddedSync, type Durability, durability, type SyncChanges } from '../../model/durability.js';
import type { Effect } from '../../model/effect.js';
import type { History } from '../../model/history.js';
import type { UnkeptPromise } from '../breach/unkept-promise.js';
import { type Choice, withoutUnsupported } from '../crash/choices.js';
import { crashUnits, type UnitSet } from '../crash/units.js';
import { lastStepBefore } from '../repair/additions.js';
import type { Wording } from '../words/wording.js';
import { betweenCalls } from './between-calls.js';
import type { PointStates, StatesOfPoints } from './point-states.js';
import type { BrokenState } from './state-search.js';

/** Turns of a loop are one finding in the end; this many are told apart to repair all of them alike. */
const mostCauses = 64;

export interface StateCauses {
  breaches: UnkeptPromise[];
  /** Broken states that were left unexplained: there are more causes than a run lists. */
  unexplained: number;
}

/**
 * Why the checker rejects crash states: for each distinct cause the calls that must be lost, and the later call or the
 * ack that must be there for the loss to matter. The checker's words do not count: two causes may have the same, and
 * one cause may come with a process number in them.
 *
 * A state belongs to a cause already known if the sync call that the cause asks for makes something durable that the
 * state lacks, before the last call that is there; where no sync call helps, if it lacks the same calls.
 */
export async function causesOf(
  broken: readonly BrokenState[],
  states: StatesOfPoints,
  wording: Wording,
  options: { changes: SyncChanges; mostFindings: number },
): Promise<StateCauses> {
  const missingIn = ({ point, choice }: BrokenState): Effect[] => lost(states.at(point).set, choice);
  let left = [...broken].sort((a, b) => countLost(a.choice) - countLost(b.choice));
  const breaches: UnkeptPromise[] = [];
  const places = new Set<string>();
  const moments = new Map<BrokenState, number>();
  const momentOf = (state: BrokenState): number => {
    const moment = moments.get(state) ?? earliestMoment(states, state);
    moments.set(state, moment);
    return moment;
  };
  while (left.length > 0 && breaches.length < mostCauses) {
    const [first] = left as [BrokenState];
    if (states.outOfTime && breaches.length > 0) break;
    const cause = new StateCause(states, first);
    const sought = await cause.find();
    // A cause whose search was cut short could be another one.
    const breach = states.outOfTime ? cause.unsought() : sought;
    breaches.push(breach);
    places.add(wording.staticPlace(breach));
    const covers = coverage(states, breach, { changes: options.changes, momentOf });
    left = left.filter((state) => state !== first && !covers(state, missingIn(state)));
    if (places.size >= options.mostFindings) break;
  }
  return { breaches, unexplained: left.length };
}

/** Whether a broken state is explained by a cause. */
function coverage(
  states: StatesOfPoints,
  breach: UnkeptPromise,
  { changes, momentOf }: { changes: SyncChanges; momentOf: (state: BrokenState) => number },
): (state: BrokenState, missing: readonly Effect[]) => boolean {
  const { history, model } = states;
  if (breach.missing) {
    const added: AddedSync = { inode: breach.missing.inode, afterStep: lastStepBefore(history, breach) };
    const { since } = durability(history, model, { ...changes, added: [...changes.added, added] });
    return (state, missing) => {
      const covered = missing.filter(({ id }) => since[id]! < state.point.position);
      return covered.length > 0 && covered.some(({ id }) => since[id]! < momentOf(state));
    };
  }
  const own = new Set(breach.effects);
  return (_, missing) => {
    const there = new Set(missing);
    return own.size > 0 && [...own].every((effect) => there.has(effect));
  };
}

/** A crash may leave a state before its crash point: once the last call that is there, and the last ack, were made. */
function earliestMoment(states: StatesOfPoints, { point, choice }: BrokenState): number {
  const { history, durable } = states;
  let earliest = point.acks > 0 ? history.acks[point.acks - 1]!.at : 0;
  for (const { at, id } of history.effects)
    if (at < point.position && durable.since[id]! < point.position) earliest = Math.max(earliest, at);
  const { units } = states.at(point).set;
  const last = lastThatShows(states.at(point), choice);
  return last < 0 ? earliest : Math.max(earliest, units[last]!.effect.at);
}

/** The last unit that makes a difference: the removal of a name that is not there anyway makes none. */
function lastThatShows(states: PointStates, choice: Choice): number {
  const key = states.key(choice);
  for (let last = choice.length - 1; last >= 0; last--) {
    if (!choice[last]) continue;
    const before = choice.map((present, index) => present && index < last);
    if (states.key(withoutUnsupported(states.set, before)) !== key) return last;
  }
  return -1;
}

/** So few lost units are put back one by one. */
const mostSingly = 8;

/** The cause of one broken state. */
class StateCause {
  private readonly history: History;
  private readonly durable: Durability;
  private readonly states: PointStates;

  constructor(
    private readonly all: StatesOfPoints,
    private readonly broken: BrokenState,
  ) {
    this.history = all.history;
    this.durable = all.durable;
    this.states = all.at(broken.point);
  }

  async find(): Promise<UnkeptPromise> {
    const choice = await this.fewestLost();
    const missing = lost(this.states.set, choice);
    const acks = await this.fewestAcks(choice);
    const later = await this.neededLater(choice, missing);
    const found = this.breach(missing, { acks, later }, choice);
    if (found.sentence === null) return found;
    return this.noSyncHelps(found, { missing, kept: await this.neededEarlier(missing, acks) }, choice);
  }

  /** The state as it was found, where there is no time to find out what of it matters. */
  unsought(): UnkeptPromise {
    const { choice, point } = this.broken;
    const missing = lost(this.states.set, choice);
    const found = this.breach([], { acks: point.acks, later: null }, choice);
    const told = this.noSyncHelps(found, { missing, kept: null }, choice);
    const sentence = `${told.sentence}; why was not found out in the time that was set (explore.budget.time)`;
    return { ...found, effects: missing, sentence };
  }

  private noSyncHelps(
    found: UnkeptPromise,
    { missing, kept }: { missing: readonly Effect[]; kept: Effect | null },
    choice: Choice,
  ): UnkeptPromise {
    const { history, states, broken } = this;
    const lostEffects = new Set(missing);
    const torn = states.set.units.some(({ effect }, index) => choice[index] && lostEffects.has(effect));
    const words = betweenCalls({ history, missing, kept, torn, reason: broken.problem.detail });
    return { ...found, ...words, ...(kept === null ? {} : { keptStep: kept.step }) };
  }

  /** Puts back whatever the violation does not need: large parts before single units, since a database loses hundreds. */
  private async fewestLost(): Promise<Choice> {
    const { set } = this.states;
    let choice = this.broken.choice;
    const putBack = async (units: readonly number[]): Promise<void> => {
      const wanted = new Set(units);
      const fuller = withoutUnsupported(
        set,
        choice.map((present, index) => present || wanted.has(index)),
      );
      if (!units.some((index) => fuller[index])) return;
      if (await this.states.isBroken(fuller)) choice = fuller;
      else if (units.length > 1) {
        const middle = units.length >> 1;
        await putBack(units.slice(0, middle));
        await putBack(units.slice(middle));
      }
    };
    const missing = choice.flatMap((present, index) => (present ? [] : [index]));
    const parts = missing.length > mostSingly ? [missing] : missing.map((index) => [index]);
    for (const part of parts) await putBack(part);
    return choice;
  }

  /** With how many acks the checker first rejects this state: the last of them came too early. */
  private async fewestAcks(choice: Choice): Promise<number> {
    let broken = this.broken.point.acks;
    if (broken === 0 || (await this.states.isBroken(choice, 0))) return 0;
    let kept = 0;
    while (broken - kept > 1) {
      const middle = Math.floor((kept + broken) / 2);
      if (await this.states.isBroken(choice, middle)) broken = middle;
      else kept = middle;
    }
    return broken;
  }

  /**
   * The last thing that must be there for the loss to matter, durable or not: whatever comes behind what is lost is
   * taken away step by step, also what no crash takes at this point. null: nothing later is needed.
   */
  private async neededLater(choice: Choice, missing: readonly Effect[]): Promise<Effect | null> {
    const [first] = missing;
    if (!first) return null;
    const { set, point } = this.states;
    const chosen = new Map(set.units.map(({ effect }, index) => [effect.id, { effect, index }]));
    const known = new Set(chosen.keys());
    const pending = this.history.effects.filter(
      (effect) =>
        effect.at < point.position &&
        effect.kind !== 'attributes' &&
        (known.has(effect.id) || effect.id > first.id),
    );
    const supposed = crashUnits(pending, this.all.model);
    const states = this.all.supposing(point, supposed);
    const there = presentUnits(supposed, set, choice);
    const until = (end: number): Choice => there.map((present, index) => present && index < end);
    let kept = supposed.units.findIndex(({ effect }) => effect.id === first.id);
    let broken = there.length;
    if (await states.isBroken(until(kept))) return null;
    while (broken - kept > 1) {
      const middle = Math.floor((kept + broken) / 2);
      if (await states.isBroken(until(middle))) broken = middle;
      else kept = middle;
    }
    return supposed.units[broken - 1]!.effect;
  }

  /**
   * Where nothing later is needed: the first change after the ack with which, and with all before it, the state is broken
   * that has nothing of what comes behind. null: none, or the state was broken before.
   */
  private async neededEarlier(missing: readonly Effect[], acks: number): Promise<Effect | null> {
    const [first] = missing;
    const { point } = this.states;
    const since = acks > 0 ? this.history.acks[acks - 1]!.at : Number.NEGATIVE_INFINITY;
    const supposed = crashUnits(
      this.history.effects.filter(({ at, kind }) => at < point.position && kind !== 'attributes'),
      this.all.model,
    );
    const states = this.all.supposing(point, supposed);
    const isBroken = (end: number): Promise<boolean> =>
      states.isBroken(
        supposed.units.map((_, index) => index < end),
        acks,
      );
    let kept = supposed.units.filter(({ effect }) => effect.at < since).length;
    let broken = first
      ? supposed.units.findIndex(({ effect }) => effect.id === first.id)
      : supposed.units.length;
    if (kept >= broken || !(await isBroken(broken)) || (await isBroken(kept))) return null;
    while (broken - kept > 1) {
      const middle = Math.floor((kept + broken) / 2);
      if (await isBroken(middle)) broken = middle;
      else kept = middle;
    }
    return supposed.units[broken - 1]!.effect;
  }

  private breach(
    missing: Effect[],
    { acks, later }: { acks: number; later: Effect | null },
    choice: Choice,
  ): UnkeptPromise {
    const { history, durable } = this;
    const { problem, point } = this.broken;
    const ack = acks > 0 ? history.acks[acks - 1]! : null;
    const beforeAck = ack && lastOf(missing.filter(({ at }) => at < ack.at));
    const beforeStep = later && lastOf(missing.filter(({ step }) => step < later.step));
    const unsynced = beforeAck ?? beforeStep ?? null;
    const failedStep = unsynced ? (durable.failedBy.get(unsynced.id) ?? null) : null;
    const reason = problem.detail;
    return {
      kind: 'checker',
      path: null,
      effects: missing,
      ack: beforeAck || !beforeStep ? ack : null,
      beforeStep: !beforeAck && beforeStep ? later!.step : null,
      missing: unsynced && failedStep === null ? { inode: unsynced.inode, afterStep: unsynced.step } : null,
      failedStep,
      promise: 'the checker accepts every crash state',
      lost: [reason, ...(problem.errors ?? []).map((line) => `the checker's standard error: ${line}`)],
      sentence: unsynced ? null : reason,
      fix: null,
      acks: point.acks,
      seen: { position: point.position, lost: this.states.set.units.filter((_, index) => !choice[index]) },
    };
  }
}

/** The effects of which something is lost, oldest first. */
function lost({ units }: UnitSet, choice: Choice): Effect[] {
  return [...new Set(units.filter((_, index) => !choice[index]).map(({ effect }) => effect))];
}

function countLost(choice: Choice): number {
  return choice.filter((present) => !present).length;
}

/** Of a rename the half that gives the name: its directory is the one to sync. */
function lastOf(effects: readonly Effect[]): Effect | undefined {
  const last = effects.at(-1);
  if (last?.kind !== 'entry' || last.movedBy === null || last.to !== null) return last;
  return effects.find(({ id }) => id === last.movedBy) ?? last;
}

/** A choice of one set's units told in those of a larger one: what the smaller has not is there. */
function presentUnits(larger: UnitSet, smaller: UnitSet, choice: Choice): boolean[] {
  const own = new Map<number, boolean[]>();
  for (const [index, { effect }] of smaller.units.entries())
    own.set(effect.id, [...(own.get(effect.id) ?? []), choice[index]!]);
  const turn = new Map<number, number>();
  return larger.units.map(({ effect }) => {
    const index = turn.get(effect.id) ?? 0;
    turn.set(effect.id, index + 1);
    return own.get(effect.id)?.[index] ?? true;
  });
}

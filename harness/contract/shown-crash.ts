/**
 * One crash that shows a breach, as trees: what the program's directory held before the run, what was promised, and
 * what the model allows to be left.
 *
 * Of all the crash states that show it this is the one that loses least: what the breach rests on, and what by the model
 * cannot be there without it. It is made for readers, and decides nothing.
 */
import type { DirectoryTree } from '../model/directory-tree.js';
import { type Durability, durability } from '../model/durability.js';
import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { withoutUnsupported } from './crash/choices.js';
import { contractCrashPoints } from './crash/points.js';
import { CrashTrees } from './crash/tree.js';
import { type CrashUnit, crashUnits, pendingAt } from './crash/units.js';
import type { ModelBreach } from './judge-calls.js';

export interface ShownCrash {
  /** Where in the log the power failed, and how many acks had been given. */
  position: number;
  acks: number;
  durable: Durability;
  /** How much of an effect is lost, by its id; absent for what is there. */
  lost: ReadonlyMap<number, 'whole' | 'part'>;
  before: DirectoryTree;
  promised: DirectoryTree;
  after: DirectoryTree;
}

export function shownCrash(history: History, { breach, model }: ModelBreach): ShownCrash {
  const durable = durability(history, model);
  const { acks, effects } = breach;
  const position = breach.seen?.position ?? positionOf(history, breach);
  const set = crashUnits(pendingAt(history.effects, durable, position), model);
  const missing = new Set(breach.seen?.lost.map(unitName));
  const about = new Set(effects);
  const isLost = (unit: CrashUnit): boolean =>
    breach.seen ? missing.has(unitName(unit)) : about.has(unit.effect);
  const choice = withoutUnsupported(
    set,
    set.units.map((unit) => !isLost(unit)),
  );
  const there = new Map<number, boolean[]>();
  for (const [index, { effect }] of set.units.entries()) {
    const known = there.get(effect.id);
    if (known) known.push(choice[index]!);
    else there.set(effect.id, [choice[index]!]);
  }
  const lost = new Map<number, 'whole' | 'part'>();
  for (const [id, units] of there) {
    if (units.every((present) => !present)) lost.set(id, 'whole');
    else if (units.some((present) => !present)) lost.set(id, 'part');
  }
  // Attributes are in no tree, and in no choice.
  for (const { id, kind } of effects) if (kind === 'attributes') lost.set(id, 'whole');
  return {
    ...{ position, acks, durable, lost },
    before: undamaged(history, 0),
    promised: undamaged(history, acks === 0 ? 0 : history.acks[acks - 1]!.at),
    after: new CrashTrees(history, durable, position, set).tree(choice),
  };
}

/** Right after the ack that came too early, or after the call that did; else where the most of it can be lost. */
function positionOf(history: History, { ack, beforeStep, effects, acks }: ModelBreach['breach']): number {
  if (ack) return ack.at;
  const last = (of: readonly Effect[]): number => Math.max(0, ...of.map(({ at }) => at)) + 1;
  if (beforeStep !== null) return last([...effects, ...history.steps[beforeStep]!.effects]);
  return effects.length > 0 ? last(effects) : (history.acks[acks - 1]?.at ?? history.end);
}

/** The directory as the program saw it at a position. */
function undamaged(history: History, position: number): DirectoryTree {
  const all: Durability = {
    since: new Float64Array(history.effects.length).fill(Number.NEGATIVE_INFINITY),
    failedBy: new Map(),
  };
  return new CrashTrees(history, all, position, { units: [], requires: [] }).tree([]);
}

function unitName(unit: CrashUnit): string {
  const { effect, kind } = unit;
  return `${effect.id} ${kind} ${kind === 'data' ? unit.offset : kind === 'size' ? unit.to : ''}`;
}

/** The crash points that a reader can step through, the one shown among them. */
export function pointsAround(
  history: History,
  { durable, position, acks }: ShownCrash,
): { position: number; acks: number; reason: string }[] {
  const points = contractCrashPoints(history, durable).map((point) => ({
    ...point,
    reason:
      point.reason === 'flush'
        ? 'sync_call'
        : history.acks[point.acks]?.at === point.position
          ? 'before_ack'
          : point.reason,
  }));
  const isShown = (point: { position: number; acks: number }): boolean =>
    point.position === position && point.acks === acks;
  if (points.some(isShown)) return points;
  return [...points, { position, acks, reason: 'calls' }].sort(
    (a, b) => a.position - b.position || a.acks - b.acks,
  );
}

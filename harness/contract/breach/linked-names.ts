import { Content } from '../../model/content.js';
import type { Durability } from '../../model/durability.js';
import type { Effect, EntryEffect } from '../../model/effect.js';
import type { History } from '../../model/history.js';
import type { Inode } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { storeReason } from '../../model/stores.js';
import { EntryMap } from '../../model/view.js';
import { promiseText } from '../../promise/breach.js';
import { everyName } from '../../promise/every-name.js';
import { type LinkedName, linkedName } from '../../promise/linked-name.js';
import { directoriesMove } from '../../promise/moving-directories.js';
import { isWhole, type Promised } from '../../promise/promises.js';
import { isWholeVersion, wholeVersions } from '../../promise/whole-versions.js';
import { type Choice, crashChoices } from '../crash/choices.js';
import { CrashContents } from '../crash/contents.js';
import { leastLoss } from '../crash/least-loss.js';
import { crashUnits, pendingAt, type UnitSet } from '../crash/units.js';
import type { DurabilityJudgement } from './durability.js';
import { inPlaceWords, titlesOf } from './in-place-words.js';
import type { UnkeptPromise } from './unkept-promise.js';

/** Of directories that move. */
const mostNames = 256;
const choiceOptions = { exhaustiveUnits: 12, limit: 4000, seed: 1 };

/**
 * Judges `atomic` of names that lead through symbolic links or directories, to one file now and to another later: at every
 * crash point what is read under the name is one of the whole contents that it ever showed, or nothing where there was a
 * time without.
 *
 * All that decides it is looked at together, at each point where something of it becomes durable and at the end: which links
 * and names survive, and the bytes of the files that they lead to.
 */
export function judgeLinkedNames(
  of: { history: History; durable: Durability; model: PersistenceModel; promises: Promised },
  result: DurabilityJudgement,
): void {
  const { history, promises } = of;
  const rootPath = promises.linked?.rootPath ?? null;
  const below = directoriesMove(history)
    ? [...everyName(history)].filter((path) => path.includes('/') && isWhole(path, promises))
    : [];
  if (below.length > mostNames) {
    const reason = `too many names in directories that move are to be whole (${below.length}): name fewer`;
    result.uncertain.push({ path: null, reason });
    return;
  }
  for (const path of [...(promises.linked?.atomic ?? []), ...below])
    new LinkedJudge(of, linkedName(history, path, rootPath)).judge(result);
}

class LinkedJudge {
  private readonly history: History;
  private readonly durable: Durability;
  private readonly model: PersistenceModel;

  constructor(
    { history, durable, model }: { history: History; durable: Durability; model: PersistenceModel },
    private readonly name: LinkedName,
  ) {
    this.history = history;
    this.durable = durable;
    this.model = model;
  }

  judge(result: DurabilityJudgement): void {
    const { name, history, durable } = this;
    const { path } = name;
    const doubt = doubtAbout(name);
    if (doubt !== null) {
      result.uncertain.push({ path, reason: doubt });
      return;
    }
    const versions = wholeVersions(history, name);
    if (versions.contents.size === 0 && versions.others.size === 0) return;
    const since = name.effects.map(({ id }) => durable.since[id]!).filter(Number.isFinite);
    const blamed = new Set<string>();
    for (const position of new Set([...since.sort((a, b) => a - b), history.end])) {
      const state = this.stateAt(position);
      const isWhole = (choice: Choice): boolean => isWholeVersion(state.end(choice), versions);
      const broken = state.choices.find((choice) => !isWhole(choice));
      if (broken) {
        const lost = leastLoss(state, broken, isWhole);
        const effects = [...new Set(lost.map(({ effect }) => effect))];
        const key = effects.map(({ id }) => id).join(',');
        if (!blamed.has(key)) result.breaches.push(this.breach(state, broken, effects, position));
        blamed.add(key);
      } else if (!state.exhaustive) {
        const reason = `too many undecided writes to show that it is always whole (${state.set.units.length})`;
        result.uncertain.push({ path, reason });
      }
    }
  }

  private stateAt(position: number): LinkedState {
    const { name, durable, model } = this;
    const set = crashUnits(pendingAt(name.effects, durable, position), model);
    return new LinkedState(name, durable, position, set);
  }

  private breach(
    state: LinkedState,
    broken: Choice,
    effects: readonly Effect[],
    position: number,
  ): UnkeptPromise {
    const { history, durable, name, model } = this;
    const { path } = name;
    const end = state.end(broken);
    const arrival = state.lastKept(broken);
    const last = effects.at(-1) ?? null;
    const breach: UnkeptPromise = {
      ...{ kind: 'atomicity', path, effects: [...effects], ack: null, beforeStep: null, missing: null },
      ...{ failedStep: null, promise: promiseText({ rule: 'whole', path }), sentence: null, fix: null },
      lost: [end ? `${path} holds no whole version: empty, zeros, or a mixture` : `${path} leads to nothing`],
      acks: history.acks.filter(({ at }) => at < position).length,
      seen: { position, lost: state.set.units.filter(({ effect }) => effects.includes(effect)) },
    };
    if (last && arrival && last.id < arrival.id) {
      const failed = durable.failedBy.get(last.id) ?? null;
      const missing = failed === null ? { inode: last.inode, afterStep: last.step } : null;
      return { ...breach, beforeStep: arrival.step, failedStep: failed, missing };
    }
    if (end) {
      const inPlace = name.effects.filter(
        (effect) => effect.kind !== 'entry' && effect.inode === end.inode && effect.id > (arrival?.id ?? -1),
      );
      return { ...breach, ...inPlaceWords(path, inPlace, { history, model }) };
    }
    const words = titlesOf(history, effects);
    const sentence = arrival
      ? `${history.steps[arrival.step]!.title} leaves no ${path} until ${words || 'the new one'} is durable`
      : `${words} can be lost while what it rests on is kept: ${path} is not there`;
    const fix = `make the new link under another name and rename it over ${path}, before what the old one leads to is removed`;
    return { ...breach, sentence, fix };
  }
}

function doubtAbout({ doubt, inodes }: LinkedName): string | null {
  if (doubt !== null) return doubt;
  for (const { opaque, storeDoubts } of inodes) {
    if (opaque) return opaque.reason;
    if (storeDoubts[0]) return storeReason(storeDoubts[0]);
  }
  return null;
}

/** What crashes at one position leave of a name and of what it leads to. */
class LinkedState {
  readonly choices: readonly Choice[];
  readonly exhaustive: boolean;
  private readonly contents = new Map<Inode, CrashContents>();
  private readonly unitsOf = new Map<Effect, number[]>();

  constructor(
    private readonly name: LinkedName,
    private readonly durable: Durability,
    private readonly position: number,
    readonly set: UnitSet,
  ) {
    ({ choices: this.choices, exhaustive: this.exhaustive } = crashChoices(set, choiceOptions));
    for (const [index, { effect }] of set.units.entries()) {
      const known = this.unitsOf.get(effect);
      if (known) known.push(index);
      else this.unitsOf.set(effect, [index]);
    }
  }

  end(choice: Choice): { inode: Inode; content: Content | null } | null {
    const values = new EntryMap<EntryEffect>();
    for (const effect of this.kept(choice)) values.set(effect.inode, effect.name, effect);
    const inode = this.name.end((directory, name) => {
      const changed = values.get(directory, name);
      return changed ? changed.to : (directory.initialEntries.get(name) ?? null);
    });
    return inode && { inode, content: inode.kind === 'file' ? this.contentsOf(inode).of(choice) : null };
  }

  /** The last change of a name on the way that survives. */
  lastKept(choice: Choice): EntryEffect | null {
    return [...this.kept(choice)].at(-1) ?? null;
  }

  private *kept(choice: Choice): Generator<EntryEffect> {
    for (const effect of this.name.effects) {
      if (effect.kind !== 'entry' || effect.at >= this.position) continue;
      const isDurable = this.durable.since[effect.id]! < this.position;
      if (isDurable || (this.unitsOf.get(effect) ?? []).some((index) => choice[index])) yield effect;
    }
  }

  private contentsOf(inode: Inode): CrashContents {
    let known = this.contents.get(inode);
    if (!known) {
      const own = this.name.effects.filter(
        (effect) => effect.inode === inode && effect.kind !== 'entry' && effect.at < this.position,
      );
      known = new CrashContents(inode.initial ?? new Content(), own, this.durable, this.position, this.set);
      this.contents.set(inode, known);
    }
    return known;
  }
}

import { Content } from '../../model/content.js';
import type { Durability } from '../../model/durability.js';
import type { Effect, EntryEffect } from '../../model/effect.js';
import { firstWhere } from '../../model/first-where.js';
import type { Inode } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import type { AtomicName } from '../../promise/atomic-names.js';
import { type Choice, type ChoiceOptions, crashChoices } from './choices.js';
import { applyWhole, CrashContents } from './contents.js';
import { withoutSilent } from './silent-units.js';
import { crashUnits, type UnitSet } from './units.js';

/**
 * The states in which one change of a name is the last of its changes that survive: what the name leads to is then
 * settled, and only what that file's own undecided writes come to is left to choose.
 */
export interface NameState {
  /** The change that survives last; null for what the name led to before all. */
  arrival: EntryEffect | null;
  inode: Inode | null;
  /** Changes of the name behind it that must have been lost for it to be the last. */
  later: EntryEffect[];
  /** The undecided writes of the file, with what the model says of them. */
  set: UnitSet;
  choices: readonly Choice[];
  /** Whether a choice that the model allows is one of these states. */
  fits(choice: Choice): boolean;
  exhaustive: boolean;
  content(choice: Choice): Content;
}

/**
 * Goes through the states of a name from crash point to crash point. The last surviving change of the name and the
 * undecided writes of the file it leads to decide what a reader sees, so states that differ in anything else are one;
 * and a state that looked the same at an earlier point is not looked at again. That makes the work linear in what
 * happened, however much stays undecided.
 */
export class NameStates {
  private readonly entries: EntryEffect[] = [];
  private readonly histories = new Map<Inode, FileHistory>();
  private readonly arrivals = new Map<Inode, (EntryEffect | null)[]>();
  /** Positions in `file.effects`, by when an effect became durable. */
  private readonly durableOrder: Effect[];
  private happened = 0;
  private hardened = 0;
  /** The last change of the name that is durable. */
  private base: EntryEffect | null = null;

  constructor(
    private readonly file: AtomicName,
    private readonly durable: Durability,
    private readonly model: PersistenceModel,
    private readonly options: ChoiceOptions,
  ) {
    this.durableOrder = file.effects
      .filter(({ id }) => Number.isFinite(durable.since[id]!))
      .sort((a, b) => durable.since[a.id]! - durable.since[b.id]!);
    const initial = this.initial();
    if (initial) this.arrivals.set(initial, [null]);
  }

  /** States that are new at a position; positions must be given in their order. */
  *at(position: number): Generator<NameState> {
    const fresh = new Set<EntryEffect | null>();
    const touch = (effect: Effect): void => {
      if (effect.kind === 'entry') fresh.add(effect);
      else for (const arrival of this.arrivals.get(effect.inode) ?? []) fresh.add(arrival);
    };
    if (this.happened === 0) fresh.add(null);
    for (; this.happened < this.file.effects.length; this.happened++) {
      const effect = this.file.effects[this.happened]!;
      if (effect.at >= position) break;
      if (effect.kind === 'entry') {
        this.entries.push(effect);
        if (effect.to) append(this.arrivals, effect.to, effect);
      } else this.historyOf(effect.inode).happen(effect);
      touch(effect);
    }
    for (; this.hardened < this.durableOrder.length; this.hardened++) {
      const effect = this.durableOrder[this.hardened]!;
      if (this.durable.since[effect.id]! >= position) break;
      touch(effect);
      if (effect.kind === 'entry' && effect.id > (this.base?.id ?? -1)) this.base = effect;
    }
    for (const arrival of fresh) {
      if ((arrival?.id ?? -1) >= (this.base?.id ?? -1)) yield this.state(arrival, position);
    }
  }

  private state(arrival: EntryEffect | null, position: number): NameState {
    const { model } = this;
    const inode = arrival ? arrival.to : this.initial();
    // None of these is durable: the last durable one is `arrival` or before it.
    const first = arrival
      ? firstWhere(this.entries.length, (index) => this.entries[index]!.id >= arrival.id) + 1
      : 0;
    const later = this.entries.slice(first, first + mostLater);
    const { content, effects } = inode
      ? this.historyOf(inode).at((effect) => this.isDurable(effect, position))
      : { content: null, effects: [] };
    const undecided = effects.filter((effect) => !this.isDurable(effect, position));
    const pending =
      arrival && !this.isDurable(arrival, position)
        ? [...undecided, arrival].sort((a, b) => a.id - b.id)
        : undecided;
    const all = crashUnits(pending, model);
    const set = content ? withoutSilent(all, content, effects) : all;
    const { choices, exhaustive } = crashChoices(set, this.options);
    const [next] = later;
    const fits = (choice: Choice): boolean =>
      set.units.every(({ effect }, unit) => {
        if (effect === arrival) return choice[unit];
        // In a journal's order, whatever it holds behind a later change of the name brings that change along.
        const behind = next && model.ordering.metadata_in_order.value && effect.id > next.id;
        return !(behind && choice[unit] && isTruncation(effect));
      });
    const contents = content ? new CrashContents(content, effects, this.durable, position, set) : null;
    return {
      arrival,
      inode,
      later,
      set,
      choices: choices.filter(fits),
      fits,
      exhaustive,
      content: (choice) => contents!.of(choice),
    };
  }

  private historyOf(inode: Inode): FileHistory {
    let history = this.histories.get(inode);
    if (!history) {
      history = new FileHistory(inode);
      this.histories.set(inode, history);
    }
    return history;
  }

  private initial(): Inode | null {
    return this.file.directory.initialEntries.get(this.file.name) ?? null;
  }

  private isDurable(effect: Effect, position: number): boolean {
    return this.durable.since[effect.id]! < position;
  }
}

/** What happened to a file's bytes and size; what is durable from the beginning on is applied once and for all. */
class FileHistory {
  private readonly content: Content;
  private effects: Effect[] = [];

  constructor(inode: Inode) {
    this.content = inode.initial?.clone() ?? new Content();
  }

  happen(effect: Effect): void {
    this.effects.push(effect);
  }

  at(isDurable: (effect: Effect) => boolean): { content: Content; effects: readonly Effect[] } {
    const first = this.effects.findIndex((effect) => !isDurable(effect));
    const settled = this.effects.splice(0, first < 0 ? this.effects.length : first);
    for (const effect of settled) applyWhole(this.content, effect);
    return { content: this.content, effects: this.effects };
  }
}

/** Only their wording is of interest. */
const mostLater = 16;

function isTruncation(effect: Effect): boolean {
  return effect.kind === 'size' && effect.to < effect.from;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

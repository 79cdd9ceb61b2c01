import type { AddedSync } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import type { UnkeptPromise } from '../breach/unkept-promise.js';
import type { Wording } from '../words/wording.js';

interface Place {
  remedy: string;
  before: string;
  added: AddedSync[];
  known: Set<string>;
}

/** Sync calls that breaches ask for, each at the last place where it still helps; a loop's calls are one place. */
export class Additions {
  private readonly byPlace = new Map<string, Place>();

  constructor(
    private readonly history: History,
    private readonly wording: Wording,
  ) {}

  /** Takes what breaches ask for; false when nothing of it is new. */
  take(breaches: readonly UnkeptPromise[]): boolean {
    let grown = false;
    for (const breach of breaches) {
      const remedy = this.wording.remedy(breach);
      if (!breach.missing || !remedy) continue;
      const added = { inode: breach.missing.inode, afterStep: lastStepBefore(this.history, breach) };
      const before =
        breach.beforeStep === null
          ? `ack '${breach.ack?.text ?? ''}'`
          : this.history.steps[breach.beforeStep]!.title;
      const key = `${this.wording.targetPlace(breach)} ${this.wording.withoutTurns(before)}`;
      let place = this.byPlace.get(key);
      if (!place) {
        place = { remedy, before, added: [], known: new Set() };
        this.byPlace.set(key, place);
      }
      const own = `${added.inode.id} ${added.afterStep}`;
      if (place.known.has(own)) continue;
      place.known.add(own);
      place.added.push(added);
      grown = true;
    }
    return grown;
  }

  get size(): number {
    return this.byPlace.size;
  }

  places(): string[] {
    return [...this.byPlace.keys()];
  }

  all(): AddedSync[] {
    return [...this.byPlace.values()].flatMap(({ added }) => added);
  }

  allBut(place: string): AddedSync[] {
    return [...this.byPlace].flatMap(([key, { added }]) => (key === place ? [] : added));
  }

  remove(place: string): void {
    this.byPlace.delete(place);
  }

  /** One for each moment: `fsync(.), fsync(bk/0) and 19 more like it before ack 'saved'`. */
  words(): string[] {
    const moments = new Map<string, string[]>();
    for (const { remedy, before, added } of this.byPlace.values()) {
      const files = new Set(added.map(({ inode }) => inode)).size;
      const again = files === 1 && added.length > 1 ? ` and ${added.length - 1} more like it` : '';
      const moment = `before ${before}${again}`;
      const calls = files > 1 ? `${remedy} and ${files - 1} more like it` : remedy;
      moments.set(moment, [...(moments.get(moment) ?? []), calls]);
    }
    return [...moments].map(([moment, calls]) => `${calls.join(', ')} ${moment}`);
  }
}

/** The last step behind which a sync call would still come in time. */
export function lastStepBefore(history: History, breach: UnkeptPromise): number {
  if (breach.beforeStep !== null) return breach.beforeStep - 1;
  if (!breach.ack) return history.steps.length - 1;
  let last = breach.missing!.afterStep;
  for (let index = last; index < history.steps.length && history.steps[index]!.exit < breach.ack.at; index++)
    last = index;
  return last;
}

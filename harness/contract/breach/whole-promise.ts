import type { SyncChanges } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import { entryPath } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { displayPath } from '../../syscalls/byte-path.js';
import { promiseBreaches } from './promise-breaches.js';
import type { Uncertainty } from './uncertainty.js';
import type { UnkeptPromise } from './unkept-promise.js';

/**
 * What the strongest test that plugpull knows would say: all that the program could see at its acks survives, and what
 * takes a name by rename is whole at every moment.
 */
export class WholePromise {
  private readonly renamed: string[];
  private readonly known: ReadonlySet<string>;

  constructor(
    private readonly history: History,
    private readonly model: PersistenceModel,
    /** Globs of files that may hold anything. */
    private readonly ignored: readonly string[],
  ) {
    this.renamed = namesTakenByRename(history);
    this.known = new Set(this.breaches({ added: [], removed: new Set() }).breaches.map(identity));
  }

  /** What the changes break that holds without them, and what keeps the answer from being whole. */
  newBreaches(changes: SyncChanges): { breaches: UnkeptPromise[]; uncertain: string[] } {
    const { breaches, uncertain } = this.breaches(changes);
    return {
      breaches: breaches.filter((breach) => !this.known.has(identity(breach))),
      uncertain: [...new Set(uncertain.map(({ reason }) => reason))],
    };
  }

  private breaches(changes: SyncChanges): { breaches: UnkeptPromise[]; uncertain: Uncertainty[] } {
    const uncertain: Uncertainty[] = [];
    const breaches = promiseBreaches({
      history: this.history,
      model: this.model,
      promises: { snapshot: true, files: [], atomic: this.renamed, gone: [], ignore: [...this.ignored] },
      changes,
      note: uncertain,
    });
    return { breaches, uncertain };
  }
}

/** One broken promise, whatever else is missing with it. */
function identity({ kind, path, ack, effects }: UnkeptPromise): string {
  return [kind, path, ack?.at, effects.at(-1)?.id].join(' ');
}

/** A program without acks is taken to promise at its end what it left: else no call of it could be missed at all. */
export function withAcks(history: History): History {
  if (history.acks.length > 0) return history;
  return {
    ...history,
    acks: [
      { text: 'the end of the run', at: history.end, told: history.end, until: history.end, timeNs: 0n },
    ],
  };
}

/** As globs that match these names only. */
function namesTakenByRename(history: History): string[] {
  const names = new Set<string>();
  for (const effect of history.effects) {
    if (effect.kind === 'entry' && effect.group !== null && effect.to?.kind === 'file') {
      names.add(displayPath(entryPath(effect.inode, effect.name)).replace(/[*?]/g, '?'));
    }
  }
  return [...names];
}

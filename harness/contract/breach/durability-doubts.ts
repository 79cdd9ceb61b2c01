import type { AttributeEffect, Effect } from '../../model/effect.js';
import type { Ack, History } from '../../model/history.js';
import type { Inode } from '../../model/inode.js';
import { momentUnknown, storeReason } from '../../model/stores.js';
import { displayPath } from '../../syscalls/byte-path.js';
import type { EffectTrail } from './effect-trail.js';
import type { OwedPaths } from './owed-paths.js';
import type { Uncertainty } from './uncertainty.js';

/** What nobody can tell of files that are owed: no pass, and no blame. */
export class DurabilityDoubts {
  private readonly opaque: readonly Inode[];
  private readonly mapped: readonly Inode[];
  /** Changes of attributes of which nobody knows whether they changed anything. */
  private readonly unclear = new Map<Inode, AttributeEffect[]>();
  private readonly found = new Map<string, Uncertainty>();

  constructor(
    private readonly history: History,
    private readonly trail: EffectTrail,
    private readonly owed: OwedPaths,
  ) {
    this.opaque = history.inodes.filter(({ opaque }) => opaque !== null);
    this.mapped = history.inodes.filter(({ storeDoubts }) => storeDoubts.length > 0);
  }

  get all(): Uncertainty[] {
    return [...this.found.values()];
  }

  noteUnclear(effect: AttributeEffect): void {
    const effects = this.unclear.get(effect.inode);
    if (effects) effects.push(effect);
    else this.unclear.set(effect.inode, [effect]);
  }

  judgeAck(ack: Ack): void {
    for (const inode of this.opaque) {
      if (!inode.opaque || inode.opaque.since >= ack.at) continue;
      const path = this.owed.ofFile(inode);
      if (path !== null) this.add(path, inode.opaque.reason);
    }
    for (const [inode, effects] of this.unclear) {
      const pending = effects.filter((effect) => !this.trail.isDurableAt(effect, ack.at));
      if (pending.length === 0) {
        this.unclear.delete(inode);
        continue;
      }
      this.unclear.set(inode, pending);
      const path = this.owed.ofFile(inode);
      const { step } = pending[0]!;
      if (path !== null)
        this.add(
          path,
          `${this.history.steps[step]!.title} is not durable when it is acked, and what it was before is not known: fsync it before the ack`,
        );
    }
    for (const inode of this.mapped) {
      const doubt = inode.storeDoubts.find(({ since, until }) => since < ack.at && ack.at < until);
      const path = doubt ? this.owed.ofFile(inode) : null;
      if (doubt && path !== null) this.add(path, storeReason(doubt));
    }
    for (const { path, reason, since } of this.history.doubts) {
      if (since >= ack.at) continue;
      if (path === null) this.add(null, reason);
      else if (this.owed.isKept(displayPath(path))) this.add(displayPath(path), reason);
    }
  }

  /** Without stores that may be durable for all that is known: a doubt instead. */
  blamable(live: readonly Effect[], path: string): Effect[] {
    const isDoubtful = (effect: Effect): boolean => effect.kind === 'data' && effect.store === 'perhaps';
    const doubtful = live.filter(isDoubtful);
    if (doubtful.length > 0) {
      const from = Math.min(...doubtful.map((effect) => (effect.kind === 'data' ? effect.offset : 0)));
      const to = Math.max(
        ...doubtful.map((effect) => (effect.kind === 'data' ? effect.offset + effect.length : 0)),
      );
      this.add(path, storeReason({ from, to, reason: momentUnknown }));
    }
    return live.filter((effect) => !isDoubtful(effect));
  }

  private add(path: string | null, reason: string): void {
    this.found.set(`${path}: ${reason}`, { path, reason });
  }
}

import { type DataEffect, type Effect, isRemovalOfRename } from './effect.js';
import type { History, Step, SyncRequest } from './history.js';
import type { Inode } from './inode.js';
import type { Coverage, PersistenceModel } from './persistence-model.js';

/** A sync call that the program did not make, to see whether it would help. */
export interface AddedSync {
  /** It runs behind the step with this index. */
  afterStep: number;
  inode: Inode;
  /** Where in the log, if not right behind that step; before the next one. */
  position?: number;
}

/** A history as it would be with sync calls added or left out. */
export interface SyncChanges {
  added: readonly AddedSync[];
  /** Indexes of steps whose sync is not made. */
  removed: ReadonlySet<number>;
}

export const noSyncChanges: SyncChanges = { added: [], removed: new Set() };

/** Since when each effect is durable. */
export interface Durability {
  /** Position in the log from which the effect survives every crash; infinite for one never made durable. By id. */
  readonly since: Float64Array;
  /** Effects that a failed sync call had covered: no later call makes them durable. Index of that step, by effect id. */
  readonly failedBy: ReadonlyMap<number, number>;
}

/** Errors after which the kernel drops what it could not write, and later calls report success (fsync(2), EIO). */
const lossyErrors = new Set(['EIO', 'ENOSPC', 'EDQUOT']);

/** Works out what each sync call of the history covers under a model. Linear in effects and in what is covered. */
export function durability(
  history: History,
  model: PersistenceModel,
  changes: SyncChanges = noSyncChanges,
): Durability {
  const tracker = new Tracker(history, model);
  const added = [...changes.added].sort((a, b) => a.afterStep - b.afterStep);
  let next = 0;
  for (const step of history.steps) {
    for (const effect of step.effects) tracker.happen(effect);
    if (step.effects.length > 0) tracker.coverOwn(step, model.sync.every_call);
    if (step.sync && !changes.removed.has(step.index)) tracker.sync(step, step.sync);
    while (next < added.length && added[next]!.afterStep <= step.index) {
      // Between this step and the next one, whose position is a larger whole number.
      const { inode, position = step.exit + 0.5 } = added[next++]!;
      tracker.addedSync(inode, position);
    }
  }
  return { since: tracker.since, failedBy: tracker.failedBy };
}

/** Between the return of a call, a whole number, and whatever comes next. */
const momentOfWork = 0.25;

/** Bytes of a file, `to` not among them. */
type Span = NonNullable<SyncRequest['range']>;

class Tracker {
  readonly since: Float64Array;
  readonly failedBy = new Map<number, number>();
  private readonly byOwner = new Map<Inode, Set<Effect>>();
  private readonly byNamed = new Map<Inode, Set<Effect>>();
  private readonly metadata = new Set<Effect>();
  private readonly handedOver = new Set<Effect>();
  private readonly pending = new Map<number, Effect>();
  private readonly lastChange = new Map<Inode, number>();
  /** Parts of effects that calls about some of a file's bytes have covered, by what those calls do and the effect's id. */
  private readonly parts = new Map<Coverage, Map<number, Span[]>>();
  /** By directory and name. */
  private readonly lastOfName = new Map<Inode, Map<string, Effect>>();

  /** Names each file has. */
  private readonly links = new Map<Inode, number>();

  constructor(
    history: History,
    private readonly model: PersistenceModel,
  ) {
    this.since = new Float64Array(history.effects.length).fill(Number.POSITIVE_INFINITY);
    for (const { initialEntries } of history.inodes)
      for (const named of initialEntries.values()) this.countLink(named, 1);
  }

  happen(effect: Effect): void {
    this.pending.set(effect.id, effect);
    addTo(this.byOwner, effect.inode, effect);
    // Bytes written over others touch no metadata but the times, and those only once in a tick of the clock.
    if (effect.kind !== 'data') this.lastChange.set(effect.inode, effect.id);
    if (effect.kind === 'entry') {
      const names = this.lastOfName.get(effect.inode);
      if (names) names.set(effect.name, effect);
      else this.lastOfName.set(effect.inode, new Map([[effect.name, effect]]));
      if (effect.from) this.countLink(effect.from, -1);
      if (effect.to) this.countLink(effect.to, 1);
      for (const named of [effect.from, effect.to]) {
        if (!named) continue;
        addTo(this.byNamed, named, effect);
        this.lastChange.set(named, effect.id);
      }
    }
    if (isMetadata(effect)) this.metadata.add(effect);
  }

  sync(step: Step, request: SyncRequest): void {
    const coverage = this.coverageOf(request);
    // On Linux a program asks for F_FULLFSYNC in vain; the model says what it would have done on macOS.
    const failed = request.errno !== null && !(request.scope === 'full' && request.errno === 'EINVAL');
    if (failed) {
      if (lossyErrors.has(request.errno!)) {
        for (const effect of this.ownOf(coverage, request.inode, step.enter))
          this.failedBy.set(effect.id, step.index);
      }
      return;
    }
    if (this.isPassedOver(request.inode)) return;
    if (request.scope === 'own_file' || request.scope === 'own_data') {
      this.coverOwn(step, coverage);
      this.cover(this.widelyOf(coverage, request.inode, step.enter), coverage, step.exit);
      return;
    }
    const covered = [
      ...this.ownOf(coverage, request.inode, step.enter).filter((effect) =>
        this.isWhole(effect, request, coverage),
      ),
      ...this.widelyOf(coverage, request.inode, step.enter),
    ];
    this.cover(covered, coverage, step.exit);
  }

  addedSync(inode: Inode, position: number): void {
    if (this.isPassedOver(inode)) return;
    const { fsync, fsync_directory: directory, full } = this.model.sync;
    const plain = inode.kind === 'directory' ? directory : fsync;
    const coverage = plain.reaches === 'drive' ? full : plain;
    const covered = [...this.ownOf(coverage, inode, position), ...this.widelyOf(coverage, inode, position)];
    this.cover(covered, coverage, position);
  }

  /**
   * Whether a call covers all of an effect, by itself or with what calls of its kind did before. msync is about the bytes of a
   * mapping; what else it does for the file is the model's business.
   */
  private isWhole(effect: Effect, { range }: SyncRequest, coverage: Coverage): boolean {
    if (!range || effect.kind !== 'data') return true;
    const byEffect = this.parts.get(coverage) ?? new Map<number, Span[]>();
    this.parts.set(coverage, byEffect);
    const spans = [...(byEffect.get(effect.id) ?? []), range];
    byEffect.set(effect.id, spans);
    return spansWhole(effect, spans);
  }

  private isPassedOver(inode: Inode | null): boolean {
    return (
      inode?.kind === 'file' && !this.model.nameless_files_synced.value && (this.links.get(inode) ?? 0) === 0
    );
  }

  private countLink(inode: Inode, change: number): void {
    this.links.set(inode, (this.links.get(inode) ?? 0) + change);
  }

  /**
   * A call that makes its own effects durable, and no others. The power may fail while it works: its bytes are there and
   * not yet durable for a moment, which lies behind its return and before the next line.
   */
  coverOwn(step: Step, coverage: Coverage): void {
    if (coverage.covers.length === 0) return;
    for (const effect of step.effects) {
      if (!this.pending.has(effect.id) || !covers(coverage, effect)) continue;
      const isContent = effect.kind === 'data' || effect.kind === 'size';
      this.cover([effect], coverage, isContent ? step.exit + momentOfWork : step.exit);
    }
  }

  private coverageOf(request: SyncRequest): Coverage {
    const { sync } = this.model;
    switch (request.scope) {
      case 'file':
        return request.inode!.kind === 'directory' ? sync.fsync_directory : sync.fsync;
      case 'data':
        return request.inode!.kind === 'directory' ? sync.fsync_directory : sync.fdatasync;
      case 'full':
        return sync.full;
      case 'barrier':
        return sync.barrier;
      case 'range':
        return sync.sync_file_range;
      case 'mapping':
        return sync.msync;
      case 'everything':
        return sync.sync;
      case 'own_file':
        return sync.o_sync;
      case 'own_data':
        return sync.o_dsync;
    }
  }

  /** What the words about the file itself cover, among effects that had happened before `cutoff`. */
  private ownOf(coverage: Coverage, inode: Inode | null, cutoff: number): Effect[] {
    if (coverage.covers.includes('everything'))
      return [...this.pending.values()].filter((effect) => effect.at < cutoff);
    if (!inode) return [];
    return [...(this.byOwner.get(inode) ?? [])].filter(
      (effect) => effect.at < cutoff && covers(coverage, effect),
    );
  }

  private widelyOf(coverage: Coverage, inode: Inode | null, cutoff: number): Effect[] {
    const found: Effect[] = [];
    if (coverage.covers.includes('handed_over')) found.push(...this.handedOver);
    if (!inode) return found;
    if (coverage.covers.includes('earlier_metadata')) {
      const last = this.lastChange.get(inode) ?? -1;
      for (const effect of this.metadata) {
        if (effect.id > last) break;
        if (effect.at < cutoff) found.push(effect);
      }
    }
    if (coverage.covers.includes('lost_names') && (this.links.get(inode) ?? 0) === 0) {
      for (const effect of this.byNamed.get(inode) ?? [])
        if (effect.at < cutoff && effect.kind === 'entry' && effect.from === inode && effect.to === null)
          found.push(effect);
    }
    if (coverage.covers.includes('names')) this.namesOf(inode, cutoff, found, new Set());
    return found;
  }

  /**
   * Entries that give an inode a name it still has, and those that name the directories they stand in. Not those that
   * take a name away: an fsync of a file that lost its last name does nothing for names.
   */
  private namesOf(inode: Inode, cutoff: number, found: Effect[], seen: Set<Inode>): void {
    if (seen.has(inode)) return;
    seen.add(inode);
    for (const effect of this.byNamed.get(inode) ?? []) {
      if (effect.at >= cutoff || effect.kind !== 'entry' || effect.to !== inode) continue;
      if (this.lastOfName.get(effect.inode)?.get(effect.name) !== effect) continue;
      found.push(effect);
      this.namesOf(effect.inode, cutoff, found, seen);
    }
  }

  private cover(effects: Iterable<Effect>, coverage: Coverage, position: number): void {
    for (const effect of effects) {
      if (this.failedBy.has(effect.id) || !this.pending.has(effect.id)) continue;
      if (coverage.reaches === 'drive') this.handedOver.add(effect);
      else this.makeDurable(effect, position);
    }
  }

  private makeDurable(effect: Effect, position: number): void {
    this.since[effect.id] = position;
    this.pending.delete(effect.id);
    this.metadata.delete(effect);
    this.handedOver.delete(effect);
    this.byOwner.get(effect.inode)?.delete(effect);
    if (effect.kind !== 'entry') return;
    if (effect.from) this.byNamed.get(effect.from)?.delete(effect);
    if (effect.to) this.byNamed.get(effect.to)?.delete(effect);
    if (effect.group === null || !this.model.ordering.rename_atomic.value) return;
    for (const id of [effect.id - 1, effect.id + 1]) {
      const other = this.pending.get(id);
      if (other && isRemovalOfRename(other) && this.model.ordering.rename_may_leave_old_name.value) continue;
      if (other?.kind === 'entry' && other.group === effect.group && !this.failedBy.has(id)) {
        this.makeDurable(other, position);
      }
    }
  }
}

/** What a journal orders: names, attributes, and sizes that shrink (a larger size waits for its data). */
export function isMetadata(effect: Effect): boolean {
  return (
    effect.kind === 'entry' ||
    effect.kind === 'attributes' ||
    (effect.kind === 'size' && effect.to < effect.from)
  );
}

function covers(coverage: Coverage, effect: Effect): boolean {
  if (coverage.covers.includes('everything')) return true;
  switch (effect.kind) {
    case 'data':
      return coverage.covers.includes('data');
    case 'size':
      return coverage.covers.includes('size');
    case 'attributes':
      return coverage.covers.includes('attributes');
    case 'entry':
      return coverage.covers.includes('entries');
  }
}

function spansWhole({ offset, length }: DataEffect, spans: readonly Span[]): boolean {
  let end = offset;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (from > end) break;
    end = Math.max(end, to);
  }
  return end >= offset + length;
}

function addTo(map: Map<Inode, Set<Effect>>, inode: Inode, effect: Effect): void {
  const set = map.get(inode);
  if (set) set.add(effect);
  else map.set(inode, new Set([effect]));
}

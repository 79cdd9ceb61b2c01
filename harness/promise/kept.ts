/**
 * `snapshot` and `files`: what was visible at the last ack is there, or what the program itself made of it since.
 *
 * What is found exactly as it was seen is settled at once. Only what differs is held against what the program did in
 * between, so that most claims cost no look at the calls.
 */
import type { TreeEntry } from '../trace/events.js';
import type { Breach, BrokenRule, Failure, Manner } from './breach.js';
import type { Claim } from './claim.js';
import { type Difference, differenceFromAppearance, differenceFromSeen, isAbsent } from './compare.js';
import type { Changes, Course, Since } from './course.js';
import type { Law } from './law.js';
import { endOfLinks } from './links.js';
import { isKept, type Promised } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';

export function keptRule(course: Course, acks: number, promises: Promised, law: Law): KeptClaim[] {
  const seen = course.seenAt(acks);
  if (!seen) return [];
  const owed = new Set([...seen.values()].filter(({ path }) => isKept(path, promises)));
  // What was read through a link at the ack is owed under its own name, and every link on the way.
  const { linked } = promises;
  for (const link of linked?.files ?? []) {
    const passed: TreeEntry[] = [];
    const look = (path: string): TreeEntry | undefined => {
      const entry = seen.get(path);
      if (entry?.type === 'symlink') passed.push(entry);
      return entry;
    };
    const end = endOfLinks(link, look, linked!.rootPath);
    const entry = end === null ? undefined : seen.get(end);
    if (entry) for (const each of [...passed, entry]) owed.add(each);
  }
  return [...owed]
    .filter(({ type }) => law.owed[type].has('name'))
    .map((entry) => new KeptClaim(course, acks, entry, law));
}

const contentFailures: ReadonlySet<Failure> = new Set(['empty', 'short', 'zeros', 'different']);

export class KeptClaim implements Claim {
  #since: Since | undefined;

  constructor(
    private readonly course: Course,
    private readonly acks: number,
    /** What was seen at the ack. */
    readonly entry: TreeEntry,
    private readonly law: Law,
  ) {}

  get path(): string {
    return this.entry.path;
  }

  /** What the program did to it since. */
  get since(): Since {
    this.#since ??= this.course.since(this.acks, this.entry);
    return this.#since;
  }

  paths(): readonly string[] {
    const { since } = this;
    return typeof since === 'string' ? [this.path] : [this.path, ...since.movedTo];
  }

  judge(tree: RecoveredTree): Breach | null {
    const { entry, law } = this;
    const asSeen = differenceFromSeen(tree, entry, () => this.course.content(entry), law);
    if (!asSeen) return null;
    const { since } = this;
    if (since === 'anything') return null;
    if (since === 'nothing') return this.#olderOr(tree, this.#breach('kept', asSeen, null, null));
    return asSeen.failure === 'missing'
      ? this.#judgeMissing(tree, asSeen, since)
      : this.#judgeChanged(tree, asSeen, since);
  }

  #judgeMissing(tree: RecoveredTree, asSeen: NonNullable<Difference>, since: Changes): Breach | null {
    if (!since.removed) return this.#breach('kept', asSeen, since.doubt.name, null);
    const { movedTo, appearances, doubt } = since;
    if (movedTo.length === 0 || !this.law.movesKept) return null;
    if (movedTo.some((name) => !differenceFromAppearance(tree, name, appearances[0], this.law))) return null;
    const names = movedTo.slice(0, 3).join(', nor ');
    const detail = `${asSeen.detail}, and ${names} does not hold it either`;
    return this.#breach('moved', { ...asSeen, detail }, doubt.name, 'by name');
  }

  #judgeChanged(tree: RecoveredTree, asSeen: NonNullable<Difference>, since: Changes): Breach | null {
    const [own, ...arrivals] = since.appearances;
    const difference = differenceFromAppearance(tree, this.path, own, this.law);
    if (!difference) return null;
    for (const arrival of arrivals) {
      if (!this.law.arrivalsWhole && !isAbsent(tree, this.path)) return null;
      if (!differenceFromAppearance(tree, this.path, arrival, this.law)) return null;
    }
    const rule = arrivals.length > 0 ? 'replaced' : 'kept';
    const told = arrivals.length > 0 ? asSeen : difference;
    const manner = arrivals.length > 0 ? 'by name' : 'in place';
    return this.#olderOr(tree, this.#breach(rule, told, since.doubt.content, manner));
  }

  /** The same breach, unless what is there is a whole version from before: then that is what is wrong with it. */
  #olderOr(tree: RecoveredTree, breach: Breach): Breach {
    if (breach.outcome === 'unknown' || !contentFailures.has(breach.failure)) return breach;
    const { bySize, manner } = this.course.versions(this.path);
    const { type, size } = tree.look(this.path);
    const candidates = type === 'file' ? (bySize.get(size) ?? []) : [];
    if (candidates.length === 0) return breach;
    const { content } = tree.lookInto(this.path, { lengthBytes: size, whole: true });
    if (!content || !candidates.some((version) => version.content().equals(content))) return breach;
    const detail = `${this.path} holds an older version, of ${size} bytes`;
    return { ...breach, rule: 'kept', failure: 'older', detail, manner };
  }

  #breach(
    rule: BrokenRule,
    { failure, detail }: NonNullable<Difference>,
    doubt: string | null,
    manner: Manner | null,
  ): Breach {
    const outcome = doubt === null ? 'violation' : 'unknown';
    return {
      rule,
      outcome,
      path: this.path,
      failure,
      detail: doubt === null ? detail : `${detail}; ${doubt}`,
      manner,
    };
  }
}

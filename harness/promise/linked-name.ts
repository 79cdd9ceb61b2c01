/**
 * A name under which files are read through symbolic links that lead elsewhere at other times: what decides what is read,
 * and which whole contents that ever was.
 */
import { Content } from '../model/content.js';
import type { Effect, EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { normalise } from '../model/path-walk.js';
import { EntryMap } from '../model/view.js';
import { type BytePath, toBytePath } from '../syscalls/byte-path.js';
import { applyTo } from './apply-effect.js';

/** What stands in a directory under a name. */
export type LeadsTo = (directory: Inode, name: BytePath) => Inode | null;

export interface LinkedName {
  path: string;
  /** Files that it ever may have led to. */
  inodes: ReadonlySet<Inode>;
  /** Changes of any name on its way, and of those files, in order. */
  effects: readonly Effect[];
  /** What it leads to where names lead to what is given; null: to nothing, or out of the directory. */
  end(leadsTo: LeadsTo): Inode | null;
  /** Why not all of that is known; null when it is. */
  doubt: string | null;
}

/** Names on the way, of all links that were ever on it, that are followed. */
const mostNames = 1000;
const mostLinks = 40;

export function linkedName(history: History, path: string, rootPath: string | null): LinkedName {
  const later = new EntryMap<EntryEffect[]>();
  for (const effect of history.effects) {
    if (effect.kind !== 'entry') continue;
    const known = later.get(effect.inode, effect.name);
    if (known) known.push(effect);
    else later.set(effect.inode, effect.name, [effect]);
  }
  const names = new EntryMap<true>();
  const inodes = new Set<Inode>();
  let count = 0;
  /** All that a name ever led to. */
  const valuesOf = (directory: Inode, name: BytePath): Set<Inode> => {
    if (!names.get(directory, name)) count++;
    names.set(directory, name, true);
    const values = new Set<Inode>();
    const initial = directory.initialEntries.get(name);
    if (initial) values.add(initial);
    for (const { to } of later.get(directory, name) ?? []) if (to) values.add(to);
    return values;
  };
  const visit = (walk: Walk): void => {
    if (count > mostNames) return;
    const step = nextOf(walk);
    if (step.ended) {
      if (step.inode?.kind === 'file') inodes.add(step.inode);
      return;
    }
    for (const value of valuesOf(step.directory, step.name)) {
      const next = into(step, value, { root: history.root, rootPath });
      if (next) visit(next);
    }
  };
  const start: Walk = { above: [history.root], rest: toBytePath(path), links: 0 };
  visit(start);
  const effects = history.effects.filter((effect) =>
    effect.kind === 'entry'
      ? names.get(effect.inode, effect.name) === true
      : effect.kind !== 'attributes' && inodes.has(effect.inode),
  );
  return {
    ...{ path, inodes, effects },
    doubt: count > mostNames ? 'too many names lie on its way through symbolic links' : null,
    end(leadsTo) {
      for (let walk: Walk | null = start; walk; ) {
        const step = nextOf(walk);
        if (step.ended) return step.inode;
        const value = leadsTo(step.directory, step.name);
        walk = value && into(step, value, { root: history.root, rootPath });
      }
      return null;
    },
  };
}

/** A path on its way: the directories passed, the innermost last, or the file that was come to, and what is left. */
interface Walk {
  above: readonly Inode[];
  rest: BytePath;
  links: number;
}

type Step =
  | { ended: true; inode: Inode | null }
  | { ended: false; directory: Inode; name: BytePath; walk: Walk };

function nextOf(walk: Walk): Step {
  let { above, rest } = walk;
  for (;;) {
    const slash = rest.indexOf('/');
    const name = slash < 0 ? rest : rest.slice(0, slash);
    if (name === '' && slash < 0) return { ended: true, inode: above.at(-1) ?? null };
    rest = slash < 0 ? '' : rest.slice(slash + 1);
    if (name === '' || name === '.') continue;
    const here = above.at(-1);
    if (here?.kind !== 'directory') return { ended: true, inode: null };
    if (name !== '..') return { ended: false, directory: here, name, walk: { ...walk, above, rest } };
    above = above.slice(0, -1);
  }
}

/** The way on where a name leads to this; null where it ends there. */
function into(
  { walk }: Extract<Step, { ended: false }>,
  value: Inode,
  { root, rootPath }: { root: Inode; rootPath: string | null },
): Walk | null {
  const { above, rest, links } = walk;
  if (value.kind !== 'symlink') return { above: [...above, value], rest, links };
  const target = value.target ?? '';
  if (links >= mostLinks) return null;
  if (!target.startsWith('/')) return { above, rest: `${target}/${rest}`, links: links + 1 };
  const below = insideOf(target, rootPath);
  return below === null ? null : { above: [root], rest: `${below}/${rest}`, links: links + 1 };
}

function insideOf(target: BytePath, rootPath: string | null): BytePath | null {
  if (rootPath === null) return null;
  const above = toBytePath(rootPath);
  const path = normalise(target);
  if (path === above) return '.';
  return path.startsWith(`${above}/`) ? path.slice(above.length + 1) : null;
}

export interface LinkedContents {
  /** By digest. */
  contents: ReadonlyMap<string, Content>;
  /** It led to a directory at some moment. */
  directory: boolean;
  /** There was a moment at which it led to nothing. */
  absent: boolean;
}

/** The whole contents that were read under the name: versions are what they are for a name without links (`file-versions.ts`). */
export function linkedVersions(history: Pick<History, 'steps' | 'acks'>, name: LinkedName): LinkedContents {
  const versions = new Map<string, Content>();
  const found = { contents: versions, directory: false, absent: false };
  const values = new EntryMap<{ to: Inode | null }>();
  const leadsTo: LeadsTo = (directory, entry) => {
    const changed = values.get(directory, entry);
    return changed ? changed.to : (directory.initialEntries.get(entry) ?? null);
  };
  const contents = new Map<Inode, Content>();
  const contentOf = (inode: Inode): Content => {
    const known = contents.get(inode) ?? inode.initial?.clone() ?? new Content();
    contents.set(inode, known);
    return known;
  };
  const beingWritten = new Set<Inode>();
  let current = name.end(leadsTo);
  let tentative = false;
  const add = (): void => {
    if (current?.kind !== 'file') return;
    const content = contentOf(current);
    const digest = content.digest();
    if (!versions.has(digest)) versions.set(digest, content.clone());
  };
  const note = (): void => {
    if (!current) found.absent = true;
    else if (current.kind === 'directory') found.directory = true;
    add();
    tentative = false;
  };
  note();
  const relevant = new Set(name.effects);
  let nextAck = 0;
  for (const step of history.steps) {
    const acked = nextAck;
    while (nextAck < history.acks.length && history.acks[nextAck]!.at < step.exit) nextAck++;
    if (nextAck > acked) note();
    let moved = false;
    for (const effect of step.effects) {
      if (!relevant.has(effect)) continue;
      if (effect.kind !== 'entry') {
        applyTo(contentOf(effect.inode), effect);
        beingWritten.add(effect.inode);
        if (effect.inode === current) tentative = false;
        continue;
      }
      values.set(effect.inode, effect.name, effect);
      moved = true;
      const { to, group } = effect;
      const isMade = group === null && to?.initial === null && step.call.operation.op === 'open';
      if (isMade && to?.kind === 'file') beingWritten.add(to);
    }
    if (moved) {
      const next = name.end(leadsTo);
      if (next !== current) {
        if (tentative) add();
        current = next;
        tentative = false;
        if (next && !beingWritten.has(next)) note();
        else tentative = next !== null;
      }
    }
    if (step.released) {
      beingWritten.delete(step.released);
      if (step.released === current) note();
    }
  }
  note();
  return found;
}

/**
 * What a whole version of a file is, of whatever name: one that stands in a directory (`atomic-names.ts`), or one that leads
 * through symbolic links and directories that move (`linked-name.ts`).
 */
import { Content } from '../model/content.js';
import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode, InodeKind } from '../model/inode.js';
import { EntryMap } from '../model/view.js';
import type { BytePath } from '../syscalls/byte-path.js';
import { applyTo } from './apply-effect.js';

/** What stands in a directory under a name. */
export type LeadsTo = (directory: Inode, name: BytePath) => Inode | null;

/** A name that files are read under. */
export interface ReadName {
  /** What it may have led to at some moment. */
  readonly inodes: ReadonlySet<Inode>;
  /** The effects that decide what it shows, in order. */
  readonly effects: readonly Effect[];
  /** What it leads to where names lead to what is given; null: to nothing, or out of the directory. */
  end(leadsTo: LeadsTo): Inode | null;
}

/** All that a name ever showed that was whole. */
export interface WholeVersions {
  /** Of files, by digest. */
  contents: ReadonlyMap<string, Content>;
  /** What else it led to at some moment: a link, a directory, a FIFO. Such a thing is whole whenever it is there. */
  others: ReadonlySet<Exclude<InodeKind, 'file'>>;
  /** There was a moment at which it led to nothing. */
  absent: boolean;
}

/** Whether a name shows something whole where it leads to this; null: to nothing. */
export function isWholeVersion(
  shown: { inode: Inode; content: Content | null } | null,
  { contents, others, absent }: WholeVersions,
): boolean {
  if (!shown) return absent;
  const { kind } = shown.inode;
  return kind === 'file' ? contents.has(shown.content?.digest() ?? '') : others.has(kind);
}

/**
 * The whole contents a name is allowed to show.
 *
 * A version is what it shows at the start, at each ack, at the end, when the last writer of the file closes it, and when the
 * file arrives at the name with nobody still writing it. A file that arrives while it is being written, as one does that is
 * made under the name, is a version as it arrived unless something is written to it there before anything of that
 * happens: that an empty file was to be nothing more shows when it is replaced, or closed. What lies between, such as a
 * file truncated and not yet rewritten, or a name taken away and not yet given anew, is none.
 */
export function wholeVersions(history: Pick<History, 'steps' | 'acks'>, name: ReadName): WholeVersions {
  const versions = new Map<string, Content>();
  const others = new Set<Exclude<InodeKind, 'file'>>();
  let absent = false;
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
  /** It arrived while it was still being written; a version only if nothing is written to it there. */
  let tentative = false;
  const note = (): void => {
    tentative = false;
    if (!current) absent = true;
    else if (current.kind !== 'file') others.add(current.kind);
    else {
      const content = contentOf(current);
      const digest = content.digest();
      if (!versions.has(digest)) versions.set(digest, content.clone());
    }
  };
  note();
  const relevant = new Set(name.effects);
  let nextAck = 0;
  for (const step of history.steps) {
    const acked = nextAck;
    while (nextAck < history.acks.length && history.acks[nextAck]!.at < step.exit) nextAck++;
    // Nothing changes between acks that no step lies between.
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
      if (isMade && to.kind === 'file') beingWritten.add(to);
    }
    if (moved) {
      const next = name.end(leadsTo);
      if (next !== current) {
        if (tentative) note();
        current = next;
        if (next && beingWritten.has(next)) tentative = true;
        else if (next) note();
      }
    }
    if (step.released) {
      beingWritten.delete(step.released);
      if (step.released === current) note();
    }
  }
  note();
  return { contents: versions, others, absent };
}

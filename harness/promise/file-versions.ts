import { Content } from '../model/content.js';
import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { BytePath } from '../syscalls/byte-path.js';
import { applyTo } from './apply-effect.js';

/** A name that an `atomic` promise is about. */
export interface AtomicName {
  directory: Inode;
  name: BytePath;
  /** Files that ever had this name. */
  inodes: Set<Inode>;
  /** The effects that decide what the name shows, in order. */
  effects: Effect[];
}

/** The whole contents that a name ever showed. */
export interface FileVersions {
  /** By digest. */
  contents: ReadonlyMap<string, Content>;
  /** There was a moment without such a file. */
  absent: boolean;
}

/**
 * The whole contents a name is allowed to show.
 *
 * A version is what the file holds at the start, at each ack, at the end, when its last writer closes it, and when it
 * arrives at the name by rename or link with nobody still writing it. What lies between, such as a file truncated
 * and not yet rewritten, is none.
 */
export function fileVersions(history: Pick<History, 'steps' | 'acks'>, file: AtomicName): FileVersions {
  const versions = new Map<string, Content>();
  let absent = false;
  const contents = new Map<Inode, Content>();
  const beingWritten = new Set<Inode>();
  const contentOf = (inode: Inode): Content => {
    let content = contents.get(inode);
    if (!content) {
      content = inode.initial?.clone() ?? new Content();
      contents.set(inode, content);
    }
    return content;
  };
  let current = file.directory.initialEntries.get(file.name) ?? null;
  /** The file arrived while it was still being written; a version only if nothing is written to it there. */
  let tentative = false;
  const add = (content: Content): void => {
    const digest = content.digest();
    if (!versions.has(digest)) versions.set(digest, content.clone());
  };
  const note = (): void => {
    if (current) add(contentOf(current));
    else absent = true;
    tentative = false;
  };
  note();
  const relevant = new Set(file.effects);
  let nextAck = 0;
  for (const step of history.steps) {
    const acked = nextAck;
    while (nextAck < history.acks.length && history.acks[nextAck]!.at < step.exit) nextAck++;
    // Nothing changes between acks that no step lies between.
    if (nextAck > acked) note();
    for (const effect of step.effects) {
      if (!relevant.has(effect)) continue;
      if (effect.kind === 'entry') {
        if (effect.inode !== file.directory || effect.name !== file.name) continue;
        if (tentative && current) add(contentOf(current));
        tentative = false;
        current = effect.to;
        if (!current) continue;
        const made = effect.group === null && current.initial === null && step.call.operation.op !== 'link';
        if (made) beingWritten.add(current);
        else if (beingWritten.has(current)) tentative = true;
        else note();
        continue;
      }
      applyTo(contentOf(effect.inode), effect);
      beingWritten.add(effect.inode);
      if (effect.inode === current) tentative = false;
    }
    if (step.released) {
      beingWritten.delete(step.released);
      if (step.released === current) note();
    }
  }
  note();
  return { contents: versions, absent };
}

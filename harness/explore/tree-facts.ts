/**
 * What is known of a recovered tree: the answers that judging it got.
 *
 * What a recovery left is a fact about disk contents; what is owed at an ack is a question about the program. So what
 * was answered once is answered again for other acks, on any crash state that agrees in all blocks that were read for it,
 * without mounting. Whoever asks for more than is known gets `UnknownFact`, and the state is recovered for real.
 */

import { constants } from 'node:os';
import { errorCode } from '../attach/libc.js';
import type { RecoveredEntry, RecoveredTree, WantedContent } from '../promise/recovered-tree.js';
import type { Xattrs } from '../trace/attributes.js';
import { FileBytes } from '../trace/file-bytes.js';

type Failed = { error: string };
export type FileFact = { entry: RecoveredEntry; content: FileBytes };

/** What looking at each path, into it and at its extended attributes came to. */
export interface TreeFacts {
  looked: Map<string, RecoveredEntry | Failed>;
  /** `content`: its first bytes, as many as were asked for. */
  lookedInto: Map<string, FileFact | Failed>;
  xattrs: Map<string, { found: Xattrs } | Failed>;
}

export function noFacts(): TreeFacts {
  return { looked: new Map(), lookedInto: new Map(), xattrs: new Map() };
}

export class UnknownFact extends Error {}

/** A recovered tree that takes a note of every answer. */
export class NotedTree implements RecoveredTree {
  readonly facts = noFacts();

  constructor(private readonly tree: RecoveredTree) {}

  look(path: string): RecoveredEntry {
    return this.#noted(this.facts.looked, path, () => this.tree.look(path));
  }

  lookInto(path: string, wanted: WantedContent): RecoveredEntry & { content: FileBytes | null } {
    const { entry, content } = this.#noted(this.facts.lookedInto, path, () => {
      const { content, ...entry } = this.tree.lookInto(path, wanted);
      const known = this.facts.lookedInto.get(path);
      const before = known && 'content' in known ? known.content : FileBytes.empty;
      const found = content ? this.#pageOf(path, entry, content) : before;
      return { entry, content: found.length >= before.length ? found : before };
    });
    return { ...entry, content: fits(entry, wanted) ? content.first(wanted.lengthBytes) : null };
  }

  xattrs(path: string): Xattrs {
    return this.#noted(this.facts.xattrs, path, () => ({ found: this.tree.xattrs(path) })).found;
  }

  /** With the rest of its last page, which has been read with it: at another ack more of a file may be wanted. */
  #pageOf(path: string, { size }: RecoveredEntry, content: FileBytes): FileBytes {
    const lengthBytes = Math.min(size, Math.ceil(content.length / pageBytes) * pageBytes);
    if (lengthBytes <= content.length) return content;
    return this.tree.lookInto(path, { lengthBytes, whole: false }).content ?? content;
  }

  #noted<T>(facts: Map<string, T | Failed>, path: string, look: () => T): T {
    try {
      const fact = look();
      facts.set(path, fact);
      return fact;
    } catch (error) {
      const code = errorCode(error);
      if (code !== null) facts.set(path, { error: code });
      throw error;
    }
  }
}

const pageBytes = 4096;

/** A tree that is not mounted, but known in part. */
export class KnownTree implements RecoveredTree {
  constructor(private readonly facts: TreeFacts) {}

  look(path: string): RecoveredEntry {
    return found(this.facts.looked, path);
  }

  lookInto(path: string, wanted: WantedContent): RecoveredEntry & { content: FileBytes | null } {
    const { entry, content } = found(this.facts.lookedInto, path);
    if (!fits(entry, wanted)) return { ...entry, content: null };
    if (content.length < wanted.lengthBytes) throw new UnknownFact(path);
    return { ...entry, content: content.first(wanted.lengthBytes) };
  }

  xattrs(path: string): Xattrs {
    return found(this.facts.xattrs, path).found;
  }
}

/** As a tree that is mounted has it: content only of a file of a size that can hold what is wanted. */
function fits({ type, size }: RecoveredEntry, { lengthBytes, whole }: WantedContent): boolean {
  return type === 'file' && (whole ? size === lengthBytes : size >= lengthBytes);
}

function found<T extends object>(facts: Map<string, T | Failed>, path: string): T {
  const fact = facts.get(path);
  if (fact === undefined) throw new UnknownFact(path);
  if ('error' in fact) {
    // As Node's own errors are, which is how whoever asks knows a refusal from a fault of ours.
    const errno = -constants.errno[fact.error as keyof typeof constants.errno];
    throw Object.assign(new Error(`${path}: ${fact.error}`), { code: fact.error, errno });
  }
  return fact as T;
}

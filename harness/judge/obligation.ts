import type { TreeEntry } from '../trace/events.js';

/**
 * What the state after a crash owes to one path, when the last ack before the crash was number k.
 *
 * The workload may have changed a path again between ack k and the crash. What it did itself is never held
 * against it; what was acked must survive everything else.
 */
export type Obligation =
  /** Nothing touched it until the next ack: it is exactly as it was. */
  | { rule: 'unchanged'; entry: TreeEntry }
  /** The same file, whose content was only added to, or rewritten with more: what was acked is still its beginning. */
  | { rule: 'extended'; entry: TreeEntry; certain: boolean }
  /** The same file with other content: it is still there. `certain`: it is known that it was there all along. */
  | { rule: 'exists'; entry: TreeEntry; certain: boolean }
  /** Another file took the name: one of the two is there, whole. `versions`: how many took it, if known. */
  | { rule: 'replaced'; old: TreeEntry; new: TreeEntry; versions: number | null; removed: boolean }
  /** The file moved to another name: it is there under one of the two. `certain`: it had no third name meanwhile. */
  | { rule: 'moved'; entry: TreeEntry; to: string; certain: boolean }
  /** Declared atomic: old or new content, whole. null: the file need not be there. */
  | { rule: 'atomic'; path: string; old: TreeEntry | null; new: TreeEntry | null; versions: number | null };

/** The promise an obligation belongs to, in words. */
export function promiseText(obligation: Obligation): string {
  switch (obligation.rule) {
    case 'atomic':
      return `${obligation.path} holds its old or its new content, whole`;
    case 'replaced':
      return `${obligation.old.path} survives as acked, or as what replaced it`;
    case 'moved':
      return `${obligation.entry.path} survives as acked, under its old or its new name`;
    default:
      return `${obligation.entry.path} survives as acked`;
  }
}

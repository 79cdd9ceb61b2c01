import type { BytePath } from '../syscalls/byte-path.js';
import type { Owner } from '../trace/attributes.js';
import type { Inode } from './inode.js';

/**
 * One change to the file system's logical state that can survive or not survive a crash by itself, as far as the
 * persistence model allows. A call has one or several; those of a rename share a group.
 */
export type Effect = DataEffect | SizeEffect | EntryEffect | AttributeEffect;

interface EffectBase {
  /** Position among all effects, in the order in which they happened. */
  readonly id: number;
  /** Index of the step (call) it belongs to. */
  readonly step: number;
  /** Position in the log from which it may be counted on: its call's return. */
  readonly at: number;
  /** What it changes; for a name, the directory. */
  readonly inode: Inode;
  /** The path it had then, for wording. */
  readonly path: BytePath;
}

export interface DataEffect extends EffectBase {
  readonly kind: 'data';
  readonly offset: number;
  readonly length: number;
  /** null: zeros. */
  readonly bytes: Buffer | null;
  /** The part that differs from what was there before, in bytes from the file's start; null when nothing does. */
  readonly changed: { from: number; to: number } | null;
  /**
   * Stored through a mapping, at its position or before it. `certain`: nothing was made durable between the earliest
   * moment it can have been stored and that position; `perhaps`: something was, and it may be among that.
   */
  readonly store?: 'certain' | 'perhaps';
}

export interface SizeEffect extends EffectBase {
  readonly kind: 'size';
  readonly from: number;
  readonly to: number;
  /** For a smaller size: the part cut off that held anything but zeros. It may be back if the file grows again. */
  readonly erased: { from: number; to: number } | null;
  /**
   * fallocate(2), COLLAPSE_RANGE and INSERT_RANGE: what lay from that byte on is now so many bytes further, in the blocks
   * where it was. What is written to them later may be seen at the old place as long as this is not durable.
   */
  readonly moved: { from: number; by: number } | null;
}

export interface EntryEffect extends EffectBase {
  readonly kind: 'entry';
  readonly name: BytePath;
  readonly from: Inode | null;
  readonly to: Inode | null;
  /** For the removal half of a rename: the id of the half that gives the file its new name. */
  readonly movedBy: number | null;
  /** Effects that a model with atomic renames keeps together. */
  readonly group: number | null;
}

export interface AttributeEffect extends EffectBase {
  readonly kind: 'attributes';
  readonly what: 'mode' | 'owner' | 'times' | 'xattr' | 'flags';
  /** For the mode: what it was and what it became; null where the trace does not tell what it was. */
  readonly mode: { from: number; to: number } | null;
  /** For the owner, likewise. */
  readonly owner: { from: Owner; to: Owner } | null;
  /** For an extended attribute: values in base64, null where there is none, undefined where that is not known. */
  readonly xattr: { name: string; from: string | null | undefined; to: string | null | undefined } | null;
}

/** The half of a rename that takes the old name away. The other half, or both of an exchange, give a name. */
export function isRemovalOfRename(effect: Effect): boolean {
  return effect.kind === 'entry' && effect.movedBy !== null && effect.to === null;
}

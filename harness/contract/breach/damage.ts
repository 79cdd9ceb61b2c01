/**
 * The kind of damage that losing effects of a file leaves, since people confuse them: what was overwritten is the old
 * bytes or a mixture, what was appended is cut off or zeros, and only what was new is empty. A name that is lost takes
 * nothing else along and shows no zeros: it is missing, or leads to what it led to before.
 */
import type { Effect, SizeEffect } from '../../model/effect.js';

/** Of effects on one file's bytes and size, at least one; null where they are about its attributes alone. */
export function contentDamage(effects: readonly Effect[]): string | null {
  const sizes = effects.filter((effect): effect is SizeEffect => effect.kind === 'size');
  const writes = effects.filter(({ kind }) => kind === 'data');
  const first = sizes[0];
  const grows = sizes.some(({ from, to }) => to > from);
  if (writes.length === 0) {
    if (!first) return null;
    return grows ? 'it may still have its old size' : 'what was cut off may be there still';
  }
  if (!grows) return 'the old bytes may be back, or a mixture of old and new';
  if (first!.from === 0) return 'it may be empty, read as zeros, or hold only a part';
  if (first!.to < first!.from)
    return 'it may be empty, hold the old bytes, or a mixture with zeros and new ones';
  return 'what was added may be cut off, read as zeros, or be there only in part';
}

export function nameDamage(path: string, replaces: boolean): string {
  return replaces ? `${path}: the old version may be back, whole` : `the name ${path} (it may be missing)`;
}

/** Of a file that takes a name before it is durable. */
export function arrivalDamage(path: string): string {
  return `${path}: neither what it held nor what replaced it may be there, but an empty file, zeros, or a part`;
}

import type { Durability } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import { type Inode, pathOf } from '../../model/inode.js';
import { isIgnored } from '../../promise/globs.js';
import { displayPath } from '../../syscalls/byte-path.js';

/**
 * Tells at which positions a crash leaves bytes that nobody knows: stored through a mapping at an unknown moment around
 * it, or stored and perhaps not made durable. A checker's word on such a directory proves nothing.
 */
export function doubtfulPositions(
  history: History,
  durable: Durability,
  ignored: readonly string[],
): (position: number) => boolean {
  const isIgnoredFile = (inode: Inode): boolean => isIgnored(displayPath(pathOf(inode)), ignored);
  const times: { since: number; until: number }[] = [];
  for (const inode of history.inodes)
    if (inode.storeDoubts.length > 0 && !isIgnoredFile(inode)) times.push(...inode.storeDoubts);
  for (const effect of history.effects)
    if (effect.kind === 'data' && effect.store === 'perhaps' && !isIgnoredFile(effect.inode))
      times.push({ since: effect.at, until: durable.since[effect.id]! });
  // A point at which something becomes durable is just before that moment.
  return (position) => times.some(({ since, until }) => since < position && position <= until);
}

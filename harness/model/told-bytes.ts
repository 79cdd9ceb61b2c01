/**
 * Bytes that a call puts into a file and that the trace does not hold: from memory that is a file (memfd_create(2)), from a
 * socket, from pages given to a pipe (vmsplice(2)), or too many to be printed. Where nothing changed them later they are
 * what the file holds at the end.
 */
import type { BytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { Content } from './content.js';
import type { History } from './history.js';
import { seenPath } from './stores.js';

/** A call whose bytes are not known; `inode` is the file's number. */
export interface Gap {
  call: Call;
  inode: number;
  offset: number;
}

export type ToldBytes = ReadonlyMap<Call, Buffer>;

/** @param atEnd what a path was seen to hold after the last call */
export function tellBytes(
  { inodes, effects, steps }: History,
  gaps: readonly Gap[],
  atEnd: ((path: BytePath) => Content | null) | undefined,
): ToldBytes {
  const told = new Map<Call, Buffer>();
  for (const { call, inode: id, offset } of gaps) {
    const inode = inodes[id]!;
    const own = effects.find(
      (effect) => effect.kind === 'data' && effect.inode === inode && steps[effect.step]!.call === call,
    );
    const path = seenPath(inode);
    const seen = path === null ? null : atEnd?.(path);
    if (own?.kind !== 'data' || !seen || inode.spans.length > 0) continue;
    const to = offset + own.length;
    const isChanged = effects.some(
      (effect) =>
        effect.inode === inode &&
        effect.id > own.id &&
        ((effect.kind === 'data' && effect.offset < to && effect.offset + effect.length > offset) ||
          (effect.kind === 'size' && effect.to < to)),
    );
    if (!isChanged && seen.size >= to) told.set(call, seen.read(offset, to));
  }
  return told;
}

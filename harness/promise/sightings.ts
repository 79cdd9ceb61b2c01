import { Content } from '../model/content.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import type { Sightings } from '../model/stores.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Observations } from '../trace/observations.js';

/**
 * What files of a trace held at acks, and at the end (`final`). Where several acks came before one snapshot only the last
 * of them is known.
 */
export function sightingsOf(trace: Observations, final: DirectoryTree): Sightings {
  const snapshots = new Map(trace.snapshots.filter(({ final }) => !final).map((each) => [each.acks, each]));
  return {
    atAck: (acks, path) => {
      const entry = snapshots.get(acks)?.tree.get(displayPath(path));
      return entry?.type === 'file' ? Content.of(trace.content(entry)) : null;
    },
    atEnd: (path) => final.get(path)?.content ?? null,
  };
}

/**
 * Which files a crash state lacks something of that was never lost: what programs had written and nobody had sent to the
 * disk. Told by what the files held when the recording ended, so it may hold what was written after the crash point, too.
 */
import { CrashImage, type Recording } from '../explore/crash-image.js';
import type { CrashPoint } from '../explore/crash-points.js';
import { showPlaces } from '../scenario/schema/layers.js';
import type { Extent, TreeEntry } from '../trace/events.js';
import type { Trace } from '../trace/trace.js';

const blockBytes = 4096;
const listedFiles = 6;
/** Their small files have no blocks of their own. */
const keepsSmallFilesInline: readonly string[] = ['btrfs', 'f2fs'];

/** In words, the files with the most such bytes first; nothing where nobody saw what the files held. */
export function unwrittenFiles(trace: Trace, recording: Recording, point: CrashPoint): string[] {
  const { scenario, storage } = trace.manifest;
  if (!showPlaces(scenario.storage[storage]!.layers)) return [];
  const last = trace.events.findLast((event) => event.type === 'snapshot');
  if (!last?.final) return [];
  const state = CrashImage.without([], recording, point);
  const files = last.changed
    .filter(({ type, content }) => type === 'file' && content !== undefined)
    .map((entry) => ({ path: entry.path, blocks: blocksMissing(trace, state, entry) }))
    .filter(({ blocks }) => blocks > 0)
    .sort((a, b) => b.blocks - a.blocks);
  if (files.length === 0) return [];
  const shown = files
    .slice(0, listedFiles)
    .map(
      ({ path, blocks }) => `${path} (${blocks} ${blocks === 1 ? 'block' : 'blocks'} of ${blockBytes} bytes)`,
    );
  const more = files.length > listedFiles ? ` and ${files.length - listedFiles} more files` : '';
  return [`written by the programs, and not on the disk at this moment: ${shown.join(', ')}${more}`];
}

/** Blocks of a file that do not hold in the crash state what the file held in the end. */
function blocksMissing(trace: Trace, state: CrashImage, entry: TreeEntry): number {
  const { scenario, storage } = trace.manifest;
  const extents = trace.extents.find(({ path }) => path === entry.path)?.extents ?? [];
  const isInline = extents.length === 0 && entry.size <= blockBytes;
  if (isInline && keepsSmallFilesInline.includes(scenario.storage[storage]!.fs)) return 0;
  let missing = 0;
  for (const { offset, bytes } of trace.content(entry).ranges) {
    for (let at = offset; at < offset + bytes.length; ) {
      const until = Math.min(offset + bytes.length, (Math.floor(at / blockBytes) + 1) * blockBytes);
      const held = bytes.subarray(at - offset, until - offset);
      if (!held.equals(onDisk(state, extents, at, held.length))) missing++;
      at = until;
    }
  }
  return missing;
}

/** A part of one block of a file as the disk holds it; zeros where the file had no place yet. */
function onDisk(state: CrashImage, extents: readonly Extent[], from: number, lengthBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const start = from - (from % blockBytes);
  const place = extents.find(([logical, , length]) => logical <= start && start < logical + length);
  if (place) state.read(place[1] + start - place[0], block);
  return block.subarray(from - start, from - start + lengthBytes);
}

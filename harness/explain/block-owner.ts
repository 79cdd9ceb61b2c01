import { sectorBytes } from '../disk/block-device.js';
import type { CrashPoint } from '../explore/crash-points.js';
import type { Pieces } from '../explore/pieces.js';
import type { BlockOperation } from '../trace/operation.js';
import type { Trace } from '../trace/trace.js';

/** What a range of sectors held, as far as the recording tells. */
export function ownerOf(trace: Trace, sector: number, sectorCount: number): string {
  const start = sector * sectorBytes;
  const end = start + sectorCount * sectorBytes;
  const files = new Set<string>();
  for (const { path, extents } of trace.extents) {
    for (const [logical, physical, length] of extents) {
      if (physical < end && start < physical + length) {
        const from = logical + Math.max(0, start - physical);
        files.add(`${path}, from byte ${from}`);
        break;
      }
    }
    if (files.size >= 3) break;
  }
  // The same file may have been seen at several moments with the same extents.
  if (files.size > 0) return [...files].join(' and ');
  return `${trace.manifest.scenario.storage[trace.manifest.storage]!.fs} metadata${journalHint(trace, start)}`;
}

/** jbd2 blocks say what they are in their first bytes (fs/jbd2, journal_header_t: big-endian magic, type). */
const journalMagic = 0xc03b3998;
const journalBlocks: Record<number, string> = {
  1: 'journal descriptor',
  2: 'journal commit block',
  3: 'journal superblock',
  4: 'journal superblock',
  5: 'journal revoke block',
};

function journalHint(trace: Trace, start: number): string {
  const header = Buffer.alloc(sectorBytes);
  const write = trace.operations.findLast(
    ({ kind, sector, sectorCount }) =>
      kind === 'write' && sector * sectorBytes <= start && start < (sector + sectorCount) * sectorBytes,
  );
  if (!write) return '';
  trace.payload(write, start - write.sector * sectorBytes, header);
  if (header.readUInt32BE(0) !== journalMagic) return '';
  return ` (${journalBlocks[header.readUInt32BE(4)] ?? 'journal'})`;
}

/** A lost piece in words. */
export function describePiece(
  trace: Trace,
  pieces: Pieces,
  piece: number,
): { operation: BlockOperation; text: string } {
  const { operation, sector, sectorCount } = pieces.describe(piece);
  const owner = ownerOf(trace, sector, sectorCount);
  const size = sectorCount * sectorBytes;
  return { operation, text: `${operation.kind} of ${size} bytes at sector ${sector}: ${owner}` };
}

/** When, after the crash point, the file's blocks were first written; null when that was never seen. */
export function firstWriteAfter(trace: Trace, point: CrashPoint, path: string): BlockOperation | null {
  const extents = trace.extents.find((entry) => entry.path === path)?.extents ?? [];
  const writes = trace.operations.filter(
    ({ kind, sector, sectorCount }) =>
      kind === 'write' &&
      extents.some(
        ([, physical, length]) =>
          sector * sectorBytes < physical + length && physical < (sector + sectorCount) * sectorBytes,
      ),
  );
  if (writes.some(({ index }) => index < point.logIndex)) return null;
  return writes[0] ?? null;
}

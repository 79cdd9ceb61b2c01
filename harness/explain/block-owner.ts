import { sectorBytes } from '../disk/block-device.js';
import type { CrashPoint } from '../explore/crash-points.js';
import type { Pieces, TornWrite } from '../explore/pieces.js';
import { diskNames } from '../scenario/nodes.js';
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
  return `${trace.manifest.scenario.storage[trace.manifest.storage]!.fs} metadata${onDisk(trace, start)}${journalHint(trace, start)}`;
}

/** On which of several disks. */
function onDisk({ manifest }: Trace, byteOffset: number): string {
  const names = diskNames(manifest.scenario);
  if (names.length === 1) return '';
  return ` of ${names[Math.floor(byteOffset / (manifest.size_bytes / names.length))]}`;
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

/** A torn write in words: which sectors of it are lost, and whose they are. */
export function describeTear(
  trace: Trace,
  pieces: Pieces,
  write: TornWrite,
  lost: ReadonlySet<number>,
): { operation: BlockOperation; text: string } {
  const { operation } = write;
  const ranges: [start: number, end: number][] = [];
  for (let part = write.first; part < write.first + write.parts; part++) {
    if (!lost.has(part)) continue;
    const { sector, sectorCount } = pieces.describe(part);
    const from = sector - operation.sector;
    const last = ranges.at(-1);
    if (last?.[1] === from) last[1] = from + sectorCount;
    else ranges.push([from, from + sectorCount]);
  }
  const all = operation.sectorCount;
  const [[start, end]] = ranges as [[number, number]];
  const owner = ownerOf(trace, operation.sector + start, end - start);
  const which =
    ranges.length === 1 && end === all
      ? `its first ${sectors(start)} reached the disk, the other ${all - start} are lost`
      : ranges.length === 1 && start === 0
        ? `its first ${sectors(end)} are lost, the other ${all - end} reached the disk`
        : `of its ${all} sectors ${ranges.map(([from, to]) => (to - from === 1 ? `${from}` : `${from} to ${to - 1}`)).join(' and ')} are lost`;
  const size = all * sectorBytes;
  return {
    operation,
    text: `write of ${size} bytes at sector ${operation.sector} torn: ${which}: ${owner}`,
  };
}

function sectors(count: number): string {
  return count === 1 ? 'sector' : `${count} sectors`;
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

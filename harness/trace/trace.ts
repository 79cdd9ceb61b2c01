/**
 * A trace folder, opened for judging. Where a trace came from makes no difference from here on.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import { entryFlag } from './block-log/layout.js';
import { openBlockLog } from './block-log/reader.js';
import {
  type AckEvent,
  type ClockEvent,
  type Extent,
  eventSchema,
  type PathTouches,
  type TraceEvent,
  type TreeEntry,
} from './events.js';
import { type Manifest, readManifest } from './manifest.js';
import type { BaseImage, BlockOperation, PayloadReader as BlockPayloadReader } from './operation.js';
import { PayloadReader } from './payload.js';

/** The workload's directory at the start (0 acks), at each ack, and at the end. */
export interface Snapshot {
  acks: number;
  final: boolean;
  tree: ReadonlyMap<string, TreeEntry>;
  /** How paths were touched since the snapshot before; null when that is not known. */
  touched: Record<string, PathTouches> | null;
}

export interface Trace {
  folder: string;
  manifest: Manifest;
  operations: BlockOperation[];
  /** One past the last position of the block log. */
  endIndex: number;
  acks: AckEvent[];
  /** Empty for a trace imported without them. */
  snapshots: Snapshot[];
  /** Every place a file's blocks were seen in, latest first. */
  extents: { path: string; extents: Extent[] }[];
  /** null for a trace whose recorder did not note it. */
  clock: ClockEvent | null;
  warnings: string[];
  base: BaseImage;
  payload: BlockPayloadReader;
  content(entry: TreeEntry): Buffer;
  close(): void;
}

export function openTrace(folder: string): Trace {
  const manifest = readManifest(folder);
  const imagePath = join(folder, 'base.img');
  const logPath = join(folder, 'disk.log');
  for (const path of [imagePath, logPath]) {
    if (!existsSync(path)) throw new UsageError(`${folder}: expected ${path}, found none`);
  }
  const imageBytes = statSync(imagePath).size;
  if (imageBytes !== manifest.size_bytes) {
    throw new UsageError(
      `${imagePath}: expected ${manifest.size_bytes} bytes (manifest.json, size_bytes), found ${imageBytes}`,
    );
  }
  const { events, warnings } = readEvents(join(folder, 'events.ndjson'));
  const log = openBlockLog(logPath, { deviceBytes: imageBytes });
  const cache = manifest.scenario.storage[manifest.storage]?.disk.cache;
  const operations: BlockOperation[] = [];
  for (const { index, sector, sectorCount, flags } of log.entries) {
    if (flags & entryFlag.mark) continue;
    const fua = (flags & entryFlag.fua) !== 0 || cache === 'through';
    // A flush flag on a write means: first flush, then write.
    if (flags & entryFlag.flush)
      operations.push({ index, kind: 'flush', sector: 0, sectorCount: 0, fua: false });
    if (sectorCount === 0) continue;
    operations.push({
      index,
      kind: flags & entryFlag.discard ? 'discard' : 'write',
      sector,
      sectorCount,
      fua,
    });
  }
  const contents = existsSync(join(folder, 'payload.bin'))
    ? new PayloadReader(join(folder, 'payload.bin'))
    : null;
  const image = openSync(imagePath, 'r');
  return {
    folder,
    manifest,
    operations,
    endIndex: log.entries.length,
    acks: events.filter((event) => event.type === 'ack'),
    snapshots: snapshotsOf(events),
    extents: events
      .filter((event) => event.type === 'extents')
      .flatMap(({ files }) => Object.entries(files).map(([path, extents]) => ({ path, extents })))
      .reverse(),
    clock: events.find((event) => event.type === 'clock') ?? null,
    warnings: [...log.warnings, ...warnings, ...lateAcks(events, log.entries.length)],
    base: {
      read(offset, into) {
        const count = readSync(image, into, 0, into.length, offset);
        if (count < into.length) into.fill(0, count);
      },
      isVariable: () => false,
    },
    payload: (operation, byteOffset, into) =>
      log.readPayload(log.entries[operation.index]!, byteOffset, into),
    content(entry) {
      if (!entry.content || !contents)
        throw new UsageError(
          `${folder}: no content was recorded for ${entry.path} (payload.bin is missing or short)`,
        );
      return contents.read(entry.content);
    },
    close() {
      closeSync(image);
      log.close();
      contents?.close();
    },
  };
}

/** Acks that lie past the end of a torn log: no crash point can come after them. */
function lateAcks(events: readonly TraceEvent[], endIndex: number): string[] {
  const late = events.filter((event) => event.type === 'ack' && event.block_index > endIndex).length;
  return late === 0
    ? []
    : [`${late} acks lie past the end of disk.log (${endIndex} entries) and were not judged`];
}

function readEvents(path: string): { events: TraceEvent[]; warnings: string[] } {
  const events: TraceEvent[] = [];
  const warnings: string[] = [];
  if (!existsSync(path)) throw new UsageError(`${path}: expected the events of the recording, found no file`);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.forEach((line, i) => {
    if (line === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      if (i < lines.length - 1)
        throw new UsageError(`${path}:${i + 1}: expected one JSON object, found ${line.slice(0, 60)}`);
      warnings.push(`${path}:${i + 1}: the last line is torn and was dropped`);
      return;
    }
    const checked = eventSchema.safeParse(value);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw new UsageError(
        `${path}:${i + 1}: expected an event: ${issue!.path.join('.')}: ${issue!.message}, found ${line.slice(0, 60)}`,
      );
    }
    events.push(value as TraceEvent);
  });
  return { events, warnings };
}

function snapshotsOf(events: readonly TraceEvent[]): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let tree = new Map<string, TreeEntry>();
  for (const event of events) {
    if (event.type !== 'snapshot') continue;
    tree = new Map(tree);
    for (const path of event.removed) tree.delete(path);
    for (const entry of event.changed) tree.set(entry.path, entry);
    snapshots.push({ acks: event.ack, final: event.final, tree, touched: event.touched });
  }
  return snapshots;
}

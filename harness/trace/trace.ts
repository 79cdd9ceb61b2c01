/**
 * A trace folder, opened for judging. Where a trace came from makes no difference from here on.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { diskNames } from '../scenario/nodes.js';
import { UsageError } from '../verdict/errors.js';
import { entryFlag } from './block-log/layout.js';
import { openBlockLog } from './block-log/reader.js';
import type { ClockEvent, Extent, TraceEvent } from './events.js';
import type { Manifest } from './manifest.js';
import { type Observations, openObservations } from './observations.js';
import type { BaseImage, BlockOperation, PayloadReader as BlockPayloadReader } from './operation.js';

/** A trace of a recorded disk. */
export interface Trace extends Observations {
  manifest: DiskManifest;
  operations: BlockOperation[];
  /** One past the last position of the block log. */
  endIndex: number;
  /** Every place a file's blocks were seen in, latest first. */
  extents: { path: string; extents: Extent[] }[];
  /** null for a trace whose recorder did not note it. */
  clock: ClockEvent | null;
  base: BaseImage;
  payload: BlockPayloadReader;
}

type DiskManifest = Manifest & { size_bytes: number };

export function openTrace(folder: string): Trace {
  const seen = openObservations(folder);
  try {
    return withDisk(seen);
  } catch (error) {
    seen.close();
    throw error;
  }
}

function withDisk(seen: Observations): Trace {
  const { folder, events } = seen;
  const manifest = diskManifest(seen);
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
  const log = openBlockLog(logPath, { deviceBytes: imageBytes });
  const cache = manifest.scenario.storage[manifest.storage]?.disk.cache;
  const diskSectors = imageBytes / diskNames(manifest.scenario).length / 512;
  const diskOf = (sector: number): { disk?: number } =>
    sector < diskSectors ? {} : { disk: Math.floor(sector / diskSectors) };
  const operations: BlockOperation[] = [];
  for (const { index, sector, sectorCount, flags } of log.entries) {
    if (flags & entryFlag.mark) continue;
    const fua = (flags & entryFlag.fua) !== 0 || cache === 'through';
    // A flush flag on a write means: first flush, then write.
    if (flags & entryFlag.flush)
      operations.push({ index, kind: 'flush', sector: 0, sectorCount: 0, fua: false, ...diskOf(sector) });
    if (sectorCount === 0) continue;
    operations.push({
      index,
      kind: flags & entryFlag.discard ? 'discard' : 'write',
      sector,
      sectorCount,
      fua,
      ...diskOf(sector),
    });
  }
  const image = openSync(imagePath, 'r');
  return {
    ...seen,
    manifest,
    operations,
    endIndex: log.entries.length,
    extents: events
      .filter((event) => event.type === 'extents')
      .flatMap(({ files }) => Object.entries(files).map(([path, extents]) => ({ path, extents })))
      .reverse(),
    clock: events.find((event) => event.type === 'clock') ?? null,
    warnings: [...log.warnings, ...seen.warnings, ...lateAcks(events, log.entries.length)],
    base: {
      read(offset, into) {
        const count = readSync(image, into, 0, into.length, offset);
        if (count < into.length) into.fill(0, count);
      },
      isVariable: () => false,
    },
    payload: (operation, byteOffset, into) =>
      log.readPayload(log.entries[operation.index]!, byteOffset, into),
    close() {
      closeSync(image);
      log.close();
      seen.close();
    },
  };
}

function diskManifest({ folder, manifest }: Observations): DiskManifest {
  const { size_bytes } = manifest;
  if (size_bytes !== null) return { ...manifest, size_bytes };
  throw new UsageError(
    `${folder}: expected a recorded disk, found the system calls alone (of a run with --engine contract)`,
  );
}

/** Acks that lie past the end of a torn log: no crash point can come after them. */
function lateAcks(events: readonly TraceEvent[], endIndex: number): string[] {
  const late = events.filter((event) => event.type === 'ack' && event.block_index > endIndex).length;
  return late === 0
    ? []
    : [`${late} acks lie past the end of disk.log (${endIndex} entries) and were not judged`];
}

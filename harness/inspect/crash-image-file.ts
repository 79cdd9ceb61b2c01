/**
 * Writes one crash state as a disk image: the base image, with all that was durable at the crash point and all
 * that was pending but not lost. Byte for byte the disk that recovery was given when the state was judged.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sectorBytes } from '../disk/block-device.js';
import { CrashImage } from '../explore/crash-image.js';
import type { CrashPoint } from '../explore/crash-points.js';
import { explorable } from '../explore/recording.js';
import { copyImage } from '../trace/copy-image.js';
import type { BlockOperation } from '../trace/operation.js';
import type { Trace } from '../trace/trace.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';

const chunkBytes = 1024 * 1024;

/** Makes the image at `path`, which must not be there yet; sparse where the base image is. */
export async function writeCrashImage(options: {
  trace: Trace;
  point: number;
  lost: readonly number[];
  path: string;
}): Promise<CrashPoint> {
  const { trace, lost, path } = options;
  const { recording, points } = explorable(trace);
  const point = points[options.point];
  if (!point || lost.some((piece) => piece >= recording.pieces.end)) {
    throw new UsageError(
      `${trace.folder}: expected crash point ${options.point} and its writes in this trace, found ${points.length} crash points: states.json belongs to another trace`,
    );
  }
  const image = CrashImage.without(lost, recording, point);
  await copyImage(join(trace.folder, 'base.img'), path);
  const fd = openSync(path, 'r+');
  try {
    for (const [start, end] of touchedRanges(trace.operations, point)) copyRange(image, fd, start, end);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new UnavailableError(`${path}: no space left for the disk image`);
  } finally {
    closeSync(fd);
  }
  return point;
}

/** Byte ranges that operations before the crash point may have changed; ascending, apart from each other. */
function touchedRanges(
  operations: readonly BlockOperation[],
  point: CrashPoint,
): [start: number, end: number][] {
  const ranges = operations
    .filter(({ index, sectorCount }) => index < point.logIndex && sectorCount > 0)
    .map(({ sector, sectorCount }) => [sector, sector + sectorCount] as const)
    .sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = merged.at(-1);
    if (last && start * sectorBytes <= last[1]) last[1] = Math.max(last[1], end * sectorBytes);
    else merged.push([start * sectorBytes, end * sectorBytes]);
  }
  return merged;
}

/** Writes only what differs from the base image: holes stay holes. */
function copyRange(image: CrashImage, fd: number, start: number, end: number): void {
  for (let at = start; at < end; at += chunkBytes) {
    const wanted = Buffer.alloc(Math.min(chunkBytes, end - at));
    const there = Buffer.alloc(wanted.length);
    image.read(at, wanted);
    readSync(fd, there, 0, there.length, at);
    if (!wanted.equals(there)) writeSync(fd, wanted, 0, wanted.length, at);
  }
}

/**
 * Takes what another recorder made: a disk image and a log of what was done to it, in the dm-log-writes format.
 *
 * Assumes that the image is the disk as it was when the log began. Guarantees that the trace's log holds exactly
 * the entries that were understood. Knows nothing of files and what they held: such a trace has acks (its
 * marks) but no snapshots, so only a checker, or whether a crash state mounts at all, can decide about it.
 */
import { rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checksumsOf } from '../attach/trace-checksums.js';
import type { LoadedScenario } from '../scenario/load.js';
import { readSuperblock } from '../superblock/read-superblock.js';
import { copyLog } from '../trace/block-log/copy-log.js';
import { type BlockLog, openBlockLog } from '../trace/block-log/reader.js';
import { copyImage } from '../trace/copy-image.js';
import type { AckEvent } from '../trace/events.js';
import { type Manifest, traceSchema, writeManifest } from '../trace/manifest.js';
import { UsageError } from '../verdict/errors.js';
import { makeNamedFolder } from '../verdict/make-folder.js';
import { toolVersion } from '../version.js';
import { advanceImage } from './base-image.js';
import { endMark, firstAfterMark, marksInWords } from './marks.js';

export interface ImportOptions {
  /** Raw disk image at the beginning of the log. */
  base: string;
  log: string;
  /** The trace folder to make. */
  to: string;
  /** Believe the super block's count of entries: the log lay on a device that had held an older one. */
  ignorePastCount: boolean;
  /** What the log holds up to the first mark of this text goes into the base image. */
  fromMark?: string | undefined;
  /** The scenario that the trace is judged by, with one storage; the log's own sector size may matter to it. */
  scenarioFor: (log: { sectorBytes: number }) => LoadedScenario;
  workloads: string;
}

export interface Imported {
  folder: string;
  entries: number;
  acks: string[];
  warnings: readonly string[];
}

export async function importTrace(options: ImportOptions): Promise<Imported> {
  const sizeBytes = imageSize(options.base);
  const log = openLog(options, sizeBytes);
  try {
    const first = firstEntry(log, options);
    const loaded = options.scenarioFor(log);
    makeNamedFolder('import', options.to);
    try {
      return await write(options, log, { first, loaded, sizeBytes });
    } catch (error) {
      // Half a trace is of no use to anybody.
      rmSync(options.to, { recursive: true, force: true });
      throw error;
    }
  } finally {
    log.close();
  }
}

function imageSize(base: string): number {
  let stats: Stats;
  try {
    stats = statSync(base);
  } catch (error) {
    throw new UsageError(`--base ${base}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (!stats.isFile()) {
    throw new UsageError(
      `--base ${base}: expected a disk image in a regular file; copy a device to a file first (dd)`,
    );
  }
  if (stats.size === 0 || stats.size % 512 !== 0) {
    throw new UsageError(
      `--base ${base}: expected a raw disk image, so a multiple of 512 bytes, found ${stats.size} bytes`,
    );
  }
  return stats.size;
}

function openLog({ log, base, ignorePastCount }: ImportOptions, deviceBytes: number): BlockLog {
  try {
    return openBlockLog(log, { deviceBytes, pastCount: ignorePastCount ? 'ignore' : 'scan' });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const outside = error.message.includes('inside the device');
    throw outside
      ? new UsageError(`${error.message}; is --base ${base} the disk that this log is of?`, { cause: error })
      : error;
  }
}

/** The first entry that belongs to the trace; those before it belong to its base image. */
function firstEntry(log: BlockLog, { log: path, fromMark }: ImportOptions): number {
  if (fromMark === undefined) return 0;
  const first = firstAfterMark(log, fromMark);
  if (first === null) {
    throw new UsageError(
      `--from-mark ${JSON.stringify(fromMark)}: ${path} has no such mark; it has ${marksInWords(log)}`,
    );
  }
  return first;
}

async function write(
  options: ImportOptions,
  log: BlockLog,
  { first, loaded, sizeBytes }: { first: number; loaded: LoadedScenario; sizeBytes: number },
): Promise<Imported> {
  const { base, log: logPath, to, workloads } = options;
  const image = join(to, 'base.img');
  await copyImage(base, image);
  advanceImage(image, log, log.entries.slice(0, first));
  const { fs } = loaded.scenario.storage[0]!;
  const superblock = readSuperblock(image);
  if (!superblock?.layout.mountedAs.includes(fs)) {
    const found = superblock?.layout.family ?? 'none that plugpull knows';
    throw new UsageError(
      `--base ${base}: expected ${fs} where the log begins, found ${found}; give the file system it has as --fs or, when the log begins before mkfs, the mark set after it as --from-mark (the log has ${marksInWords(log)})`,
    );
  }
  copyLog(logPath, log, join(to, 'disk.log'), first);
  const acks = log.entries.slice(first).flatMap(({ mark, index }): AckEvent[] => {
    if (mark === undefined || mark === endMark) return [];
    return [{ type: 'ack', block_index: index - first, time_ns: '0', text: mark, source: 'mark' }];
  });
  writeFileSync(join(to, 'events.ndjson'), acks.map((ack) => `${JSON.stringify(ack)}\n`).join(''));
  const manifest: Manifest = {
    schema: traceSchema,
    tool: { name: 'plugpull', version: toolVersion },
    kernel: 'unknown',
    machine: 'unknown',
    recorded_at: new Date().toISOString(),
    scenario: { input: loaded.input, ...loaded.scenario },
    storage: 0,
    features: superblock.features,
    size_bytes: sizeBytes,
    seed: loaded.scenario.explore.seed,
    recording: 0,
    workload: null,
    imported_from: { base: resolve(base), log: resolve(logPath) },
    cut_at: null,
    checksums: checksumsOf(to),
    workloads,
    scenario_folder: null,
  };
  writeManifest(to, manifest);
  return {
    folder: to,
    entries: log.entries.length - first,
    acks: acks.map(({ text }) => text),
    warnings: log.warnings,
  };
}

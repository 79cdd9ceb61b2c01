/**
 * Makes a trace's base image and block log of what dm-log-writes logged since its device was empty.
 *
 * Assumes that the device read as zeros when the log began. Guarantees that the trace's log leads from its base image
 * to the very content that the device held at the end, or says that it does not. What can go wrong: the kernel stopped
 * logging; or the order in which it logs is not the order of the writes, since a FUA write overtakes what was written
 * before it and not yet flushed.
 */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '../trace/block-log/entry.js';
import { entryFlag } from '../trace/block-log/layout.js';
import { type BlockLog, openBlockLog } from '../trace/block-log/reader.js';
import { BlockLogWriter } from '../trace/block-log/writer.js';
import { copyImage } from '../trace/copy-image.js';
import { UnavailableError } from '../verdict/errors.js';
import { advanceImage } from './base-image.js';
import { firstDifference } from './compare-images.js';
import { endMark, firstAfterMark } from './marks.js';
import { asRequests } from './requests.js';

export interface KernelLogOptions {
  log: string;
  sizeBytes: number;
  /** What comes before it becomes the base image. */
  startMark: string;
  /** The marks that stand for acks, and the acks' own texts, in order. */
  acks: readonly { mark: string; text: string }[];
  /** Image of what the device held when the log ended. */
  content: string;
  /** Why the kernel stopped logging; null when it did not. */
  stopped: string | null;
  /** Gets `base.img` and `disk.log`. */
  traceFolder: string;
}

export interface KernelLogTrace {
  /** Of each ack in the trace's log; past its end for those that the kernel's log lacks. */
  ackIndexes: number[];
  /** Why the trace's log is not all that was done to the device; null when it is. */
  doubt: string | null;
}

export async function traceOfKernelLog(options: KernelLogOptions): Promise<KernelLogTrace> {
  const { sizeBytes, startMark, acks, stopped, traceFolder } = options;
  const log = openLog(options);
  try {
    const first = firstAfterMark(log, startMark);
    if (first === null) throw loggedNothing(stopped ?? 'its start is not in the log');
    const base = join(traceFolder, 'base.img');
    writeFileSync(base, '');
    truncateSync(base, sizeBytes);
    advanceImage(base, log, log.entries.slice(0, first));
    const recorded = log.entries.slice(first);
    const { indexOf, entryCount } = rewrite(log, recorded, acks, join(traceFolder, 'disk.log'));
    const ackIndexes = acks.map(({ mark }) => indexOf.get(mark) ?? lateOrEarly(log, mark, entryCount));
    const ended = log.entries.at(-1)?.mark === endMark;
    const doubt =
      stopped !== null || !ended
        ? `dm-log-writes stopped logging: ${stopped ?? 'the end of its log is missing'}; what the disk was told then is in no crash state`
        : ((await otherContent(options, log, recorded, base)) ?? overtaken(recorded));
    return { ackIndexes, doubt };
  } finally {
    log.close();
  }
}

function openLog({ log, sizeBytes, stopped }: KernelLogOptions): BlockLog {
  try {
    return openBlockLog(log, { deviceBytes: sizeBytes });
  } catch (error) {
    // The kernel writes the super block with the first FUA write or mark: a log that ended before has none.
    throw stopped === null ? error : loggedNothing(stopped);
  }
}

function loggedNothing(why: string): UnavailableError {
  return new UnavailableError(`dm-log-writes logged nothing of the workload: ${why}`);
}

/** An ack of the setup lies before everything; one that the log lacks, after it. */
function lateOrEarly(log: BlockLog, mark: string, entryCount: number): number {
  return firstAfterMark(log, mark) === null ? entryCount + 1 : 0;
}

/** The same operations as a disk gets them, with marks that say what was acked. */
function rewrite(
  log: BlockLog,
  entries: readonly LogEntry[],
  acks: KernelLogOptions['acks'],
  to: string,
): { indexOf: Map<string, number>; entryCount: number } {
  const texts = new Map(acks.map(({ mark, text }) => [mark, text]));
  const indexOf = new Map<string, number>();
  const writer = new BlockLogWriter(to);
  try {
    for (const request of asRequests(entries)) {
      const { mark, sector } = request[0]!;
      if (mark === endMark) continue;
      if (mark !== undefined) {
        indexOf.set(mark, writer.mark(texts.get(mark) ?? mark));
        continue;
      }
      const data = Buffer.concat(request.map((entry) => payloadOf(log, entry)));
      const sectorCount = request.reduce((sum, entry) => sum + entry.sectorCount, 0);
      const flags = request.reduce((all, entry) => all | entry.flags, 0);
      writer.append({ sector, sectorCount, flags, ...(data.length > 0 ? { data } : {}) });
    }
  } finally {
    writer.close();
  }
  return { indexOf, entryCount: writer.entryCount };
}

function payloadOf(log: BlockLog, entry: LogEntry): Buffer {
  const data = Buffer.allocUnsafe(entry.dataBytes);
  log.readPayload(entry, 0, data);
  return data;
}

async function otherContent(
  { content, traceFolder }: KernelLogOptions,
  log: BlockLog,
  recorded: readonly LogEntry[],
  base: string,
): Promise<string | null> {
  const replayed = join(traceFolder, 'replayed.img');
  try {
    await copyImage(base, replayed);
    advanceImage(replayed, log, recorded);
    const at = firstDifference(replayed, content);
    return at === null
      ? null
      : `the log of dm-log-writes leads to another content than the disk had at the end, from byte ${at} on`;
  } finally {
    rmSync(replayed, { force: true });
  }
}

/**
 * A write logged behind a FUA write to the same place, with no flush between the two, may have come before it: then
 * the crash states in which it survives are none.
 */
function overtaken(entries: readonly LogEntry[]): string | null {
  let durable: LogEntry[] = [];
  for (const entry of entries) {
    if (entry.flags & entryFlag.flush) durable = [];
    if (entry.sectorCount === 0) continue;
    if (entry.flags & entryFlag.fua) durable.push(entry);
    else if (durable.some((other) => overlap(entry, other))) {
      return `dm-log-writes logged a write to sector ${entry.sector} behind a FUA write to the same place, and does not tell which came first`;
    }
  }
  return null;
}

function overlap(a: LogEntry, b: LogEntry): boolean {
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}

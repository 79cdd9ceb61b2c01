/**
 * Corrupt crash states as a trace, so that everything that judges traces can be let loose on them.
 *
 * What was recorded is cut off at its last ack: a file system that was synced has nothing to replay. Behind it come writes to blocks that the recording wrote: journal, metadata, data. Each has a few bits
 * flipped, and is durable when the next crash point comes (FUA), so each of them is one corrupt image. After `together`
 * such blocks they are put right again, one by one. Which blocks and bits the seed says.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checksumsOf } from '../../harness/attach/trace-checksums.js';
import { seededRandom } from '../../harness/explore/random.js';
import { entryFlag } from '../../harness/trace/block-log/layout.js';
import { type BlockLog, openBlockLog } from '../../harness/trace/block-log/reader.js';
import { BlockLogWriter } from '../../harness/trace/block-log/writer.js';
import { copyImage } from '../../harness/trace/copy-image.js';
import { readManifest, writeManifest } from '../../harness/trace/manifest.js';
import { openTrace } from '../../harness/trace/trace.js';

const blockBytes = 4096;
const sectorsEach = blockBytes / 512;
const together = 3;
const mostFlips = 20;

export interface FlippedTraceOptions {
  /** The trace folder that was recorded, and a new one. */
  from: string;
  to: string;
  /** How many corrupt images the new one has. */
  images: number;
  seed: number;
  /** Whether a block with this content may be hit; all by default. */
  hits?: (block: Buffer) => boolean;
}

export async function writeFlippedTrace(options: FlippedTraceOptions): Promise<void> {
  const { from, to, images, seed, hits = () => true } = options;
  mkdirSync(to);
  for (const name of ['manifest.json', 'events.ndjson', 'payload.bin']) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
  await copyImage(join(from, 'base.img'), join(to, 'base.img'));
  const trace = openTrace(from);
  const upTo = trace.acks.at(-1)?.block_index ?? trace.endIndex;
  trace.close();
  const log = openBlockLog(join(from, 'disk.log'));
  const writer = new BlockLogWriter(join(to, 'disk.log'));
  try {
    const blocks = copyEntries(log, writer, upTo);
    writer.append({ sector: 0, sectorCount: 0, flags: entryFlag.flush });
    const random = seededRandom(seed);
    const candidates = [...blocks.keys()].filter((block) => hits(blocks.get(block)!)).sort((a, b) => a - b);
    if (candidates.length === 0) throw new Error(`${from}: no block of the recording is to be hit`);
    const put = (block: number, data: Buffer): void => {
      writer.append({ sector: block * sectorsEach, sectorCount: sectorsEach, flags: entryFlag.fua, data });
    };
    for (let made = 0; made < images; ) {
      const wrong = new Set<number>();
      for (; wrong.size < together && made < images; made++) {
        const block = candidates[Math.floor(random() * candidates.length)]!;
        wrong.add(block);
        put(block, flipped(blocks.get(block)!, random));
      }
      for (const block of wrong) put(block, blocks.get(block)!);
    }
  } finally {
    writer.close();
    log.close();
  }
  // What is wrong with it is wrong on the disk, not in the trace.
  writeManifest(to, { ...readManifest(to), checksums: checksumsOf(to) });
}

/** Copies the beginning of a log; returns what the blocks hold in the end that were written whole. */
function copyEntries(log: BlockLog, writer: BlockLogWriter, upTo: number): Map<number, Buffer> {
  const blocks = new Map<number, Buffer>();
  for (const entry of log.entries.slice(0, upTo)) {
    const { sector, sectorCount, flags, dataBytes } = entry;
    const data = Buffer.alloc(dataBytes);
    log.readPayload(entry, 0, data);
    if (flags & entryFlag.mark) {
      writer.mark(`${entry.index}`);
      continue;
    }
    const written = flags & entryFlag.discard || sectorCount === 0 ? {} : { data };
    writer.append({ sector, sectorCount, flags, ...written });
    const last = Math.ceil((sector + sectorCount) / sectorsEach);
    for (let block = Math.floor(sector / sectorsEach); block < last; block++) {
      const at = (block * sectorsEach - sector) * 512;
      if (at >= 0 && at + blockBytes <= dataBytes) blocks.set(block, data.subarray(at, at + blockBytes));
      else blocks.delete(block);
    }
  }
  return blocks;
}

function flipped(block: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(block);
  for (let flips = 1 + Math.floor(random() * mostFlips); flips > 0; flips--) {
    const bit = Math.floor(random() * blockBytes * 8);
    copy[bit >> 3]! ^= 1 << (bit & 7);
  }
  return copy;
}

import { UsageError } from '../../verdict/errors.js';
import { entryProblem } from './check-entry.js';
import type { LogEntry } from './entry.js';
import {
  decodeEntryHeader,
  decodeSuperBlock,
  entryFlag,
  entryHeaderBytes,
  isLogSectorBytes,
  logMagic,
  logVersion,
  type RawSuperBlock,
  superBlockBytes,
} from './layout.js';
import { LogWindow } from './log-window.js';
import { fileLogSource, type LogSource } from './source.js';

export interface OpenBlockLogOptions {
  /** Size of the recorded device: an entry that reaches past it is refused. */
  deviceBytes?: number;
  /**
   * What to do with entries past the super block's count. `scan` (the default) takes them, because an unclean
   * stop leaves the count behind; `ignore` believes the count, for a log on a device that held an older log.
   */
  pastCount?: 'scan' | 'ignore';
}

/** A block log, checked and indexed; payloads stay in the file until asked for. */
export interface BlockLog {
  /** The log's own sector size; entries are in sectors of 512 bytes all the same. */
  readonly sectorBytes: number;
  readonly entries: readonly LogEntry[];
  /** What was odd but bearable: a stale count, a torn last entry. For people. */
  readonly warnings: readonly string[];
  /** Fills `into` with the entry's payload from `byteOffset` on. The range must lie inside the payload. */
  readPayload(entry: LogEntry, byteOffset: number, into: Buffer): void;
  close(): void;
}

/**
 * Opens a log in the dm-log-writes format (see layout.ts), whoever wrote it.
 *
 * Throws UsageError, naming the file, the entry, its offset, what was expected and what was found, for anything
 * that is no such log: wrong magic, another version, entries that lie about lengths, a file that ends before
 * the entries that its super block counts. One torn entry at the very end is dropped with a warning.
 */
export function openBlockLog(path: string, options: OpenBlockLogOptions = {}): BlockLog {
  return indexBlockLog(fileLogSource(path), options);
}

/** As `openBlockLog`, from any source; closes the source when it throws. */
export function indexBlockLog(source: LogSource, options: OpenBlockLogOptions = {}): BlockLog {
  try {
    const superBlock = readSuperBlock(source);
    const { entries, warnings } = scan(source, superBlock, options);
    return {
      sectorBytes: superBlock.sectorBytes,
      entries,
      warnings,
      readPayload: (entry, byteOffset, into) => readPayload(source, entry, byteOffset, into),
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

function readSuperBlock(source: LogSource): RawSuperBlock {
  const bytes = Buffer.alloc(superBlockBytes);
  const refuse = (expected: string, found: string): never => {
    throw new UsageError(`${source.name}: super block at byte 0: expected ${expected}, found ${found}`);
  };
  const length = source.readAt(0, bytes);
  if (length < superBlockBytes) refuse(`${superBlockBytes} bytes`, `a file of ${length}`);
  const superBlock = decodeSuperBlock(bytes);
  if (superBlock.magic !== logMagic) {
    refuse(`a dm-log-writes log (magic 0x${logMagic.toString(16)})`, `0x${superBlock.magic.toString(16)}`);
  }
  if (superBlock.version !== logVersion) refuse(`version ${logVersion}`, `version ${superBlock.version}`);
  if (!isLogSectorBytes(superBlock.sectorBytes)) {
    refuse('a sector size of 512 to 65536 bytes, a power of two', `${superBlock.sectorBytes}`);
  }
  if (source.sizeBytes < superBlock.sectorBytes) {
    refuse(`a whole sector of ${superBlock.sectorBytes} bytes`, `a file of ${source.sizeBytes}`);
  }
  return superBlock;
}

interface Scan {
  entries: LogEntry[];
  warnings: string[];
}

function scan(source: LogSource, superBlock: RawSuperBlock, options: OpenBlockLogOptions): Scan {
  const { sectorBytes, entryCount } = superBlock;
  const counted = Number(entryCount);
  const limits = { sectorBytes, deviceBytes: options.deviceBytes };
  const window = new LogWindow(source);
  const entries: LogEntry[] = [];
  const warnings: string[] = [];
  let position = sectorBytes;
  while (position < source.sizeBytes) {
    const index = entries.length;
    if (index >= counted && options.pastCount === 'ignore') break;
    const where = `${source.name}: entry ${index} at byte ${position}`;
    const endOfHeader = position + sectorBytes;
    if (endOfHeader > source.sizeBytes) {
      warnings.push(`${where}: torn (the file ends inside its first sector); dropped`);
      break;
    }
    const at = window.show(position, entryHeaderBytes + 1);
    const header = decodeEntryHeader(window.bytes, at);
    const problem = entryProblem(header, window.bytes[at + entryHeaderBytes]!, limits);
    if (problem) {
      if (index < counted) throw new UsageError(`${where} of ${entryCount}: ${problem}`);
      const isBlank = header.flags === 0n && header.sector === 0n && header.dataLength === 0n;
      if (!isBlank)
        warnings.push(`${where}: past the count of entries and no entry (${problem}); the log ends here`);
      break;
    }
    // No overflow below: entryProblem bounds every number that is not a discard's to a device below 2^53 bytes.
    const flags = Number(header.flags);
    const sectorCount = (Number(header.sectorCount) * sectorBytes) / 512;
    const dataBytes = flags & entryFlag.discard ? 0 : sectorCount * 512;
    if (endOfHeader + dataBytes > source.sizeBytes) {
      const found = `a file of ${source.sizeBytes}`;
      if (index + 1 < counted) {
        throw new UsageError(
          `${where} of ${entryCount}: expected ${dataBytes} bytes of payload from byte ${endOfHeader}, found ${found}`,
        );
      }
      warnings.push(
        `${where}: torn (${dataBytes} bytes of payload from byte ${endOfHeader}, ${found}); dropped`,
      );
      break;
    }
    entries.push({
      index,
      sector: (Number(header.sector) * sectorBytes) / 512,
      sectorCount,
      flags,
      dataOffset: endOfHeader,
      dataBytes,
      ...(flags & entryFlag.mark && { mark: readMark(window, position, Number(header.dataLength)) }),
    });
    position = endOfHeader + dataBytes;
  }
  compareCount(source, entryCount, entries.length, warnings);
  return { entries, warnings };
}

/**
 * One entry fewer than counted is a torn end: writers put entry and count in place at about the same moment.
 * More missing means that part of the file is.
 */
function compareCount(source: LogSource, counted: bigint, found: number, warnings: string[]): void {
  if (BigInt(found) > counted) {
    warnings.push(
      `${source.name}: the super block counts ${counted} entries, ${found} are there; all are used`,
    );
  } else if (counted - BigInt(found) === 1n) {
    if (warnings.length === 0) {
      warnings.push(`${source.name}: the super block counts ${counted} entries, the last is missing`);
    }
  } else if (counted > BigInt(found)) {
    throw new UsageError(
      `${source.name}: expected the ${counted} entries that the super block counts, found ${found} in ${source.sizeBytes} bytes`,
    );
  }
}

function readMark(window: LogWindow, position: number, lengthBytes: number): string {
  const at = window.show(position + entryHeaderBytes, lengthBytes);
  return window.bytes.toString('utf8', at, at + lengthBytes);
}

function readPayload(source: LogSource, entry: LogEntry, byteOffset: number, into: Buffer): void {
  if (byteOffset < 0 || byteOffset + into.length > entry.dataBytes) {
    throw new RangeError(
      `bytes ${byteOffset} to ${byteOffset + into.length} of entry ${entry.index}, whose payload has ${entry.dataBytes}`,
    );
  }
  const length = source.readAt(entry.dataOffset + byteOffset, into);
  if (length < into.length) {
    throw new UsageError(
      `${source.name}: entry ${entry.index}: expected ${into.length} bytes of payload from byte ${entry.dataOffset + byteOffset}, found ${length}: the file shrank since it was opened`,
    );
  }
}

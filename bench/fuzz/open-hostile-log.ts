import { type BlockLog, indexBlockLog } from '../../harness/trace/block-log/reader.js';
import { memoryLogSource } from '../../harness/trace/block-log/source.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { parseReferenceLog } from '../../test/trace/block-log/reference-log.js';
import type { HostileLog } from './hostile-log.js';

/** What became of a hostile log. */
export type LogFate = 'refused' | 'read';

/**
 * Opens a hostile log and throws unless it is either refused with a UsageError that names it, or read as the
 * reference reads it, with every payload inside the file and every range inside the device.
 */
export function openHostileLog({ bytes, deviceBytes, pastCount }: HostileLog): LogFate {
  let log: BlockLog;
  try {
    log = indexBlockLog(memoryLogSource('hostile.log', bytes), {
      pastCount,
      ...(deviceBytes !== undefined && { deviceBytes }),
    });
  } catch (error) {
    if (error instanceof UsageError && error.message.startsWith('hostile.log: ')) return 'refused';
    throw error;
  }
  const factor = log.sectorBytes / 512;
  const reference = parseReferenceLog(bytes, log.entries.length);
  for (const [nth, entry] of log.entries.entries()) {
    const expected = reference[nth]!;
    const payload = Buffer.alloc(entry.dataBytes);
    log.readPayload(entry, 0, payload);
    const isSame =
      entry.index === nth &&
      entry.sector === Number(expected.sector) * factor &&
      entry.sectorCount === Number(expected.sectorCount) * factor &&
      BigInt(entry.flags) === expected.flags &&
      entry.mark === (entry.flags === 8 ? expected.text.toString() : undefined) &&
      entry.dataOffset === expected.payloadAt &&
      payload.equals(expected.payload);
    if (!isSame) throw new Error(`entry ${nth} is ${JSON.stringify(entry)}, unlike the reference`);
    const endByte = (entry.sector + entry.sectorCount) * 512;
    if (!Number.isSafeInteger(endByte) || endByte > (deviceBytes ?? endByte)) {
      // A mark's sector means nothing.
      if (entry.mark === undefined) throw new Error(`entry ${nth} ends at byte ${endByte} of ${deviceBytes}`);
    }
    if (entry.dataOffset + entry.dataBytes > bytes.length) throw new Error(`entry ${nth} ends past the file`);
  }
  return 'read';
}

/** One entry of a block log as its reader gives it. Sectors are of 512 bytes, whatever the log's own size. */
export interface LogEntry {
  /** Its place in the log, from 0. */
  readonly index: number;
  readonly sector: number;
  readonly sectorCount: number;
  /** Of `entryFlag`, joined by `|`. */
  readonly flags: number;
  /** Byte of the log file where the payload begins; of a payload of no bytes, where it would. */
  readonly dataOffset: number;
  /** Bytes of payload: `sectorCount * 512`, but 0 for a discard. */
  readonly dataBytes: number;
  /** The text of a mark; only marks have it. */
  readonly mark?: string;
}

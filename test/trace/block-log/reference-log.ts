/**
 * The log format once more, in the simplest way that can be checked against its description by eye: bytes one
 * by one, no limits, no speed. Tests compare the real reader and writer with it.
 */
export interface ReferenceEntry {
  /** In the log's own sectors, as are the counts. */
  sector: bigint;
  sectorCount: bigint;
  flags: bigint;
  /** Text of a mark, else empty. */
  text: Buffer;
  payload: Buffer;
}

const discard = 4n;

export function referenceLog(
  entries: ReferenceEntry[],
  { sectorBytes = 512, count = BigInt(entries.length), magic = 0x6a736677736872n, version = 1n } = {},
): Buffer {
  const superBlock = [...littleEndian(magic, 8), ...littleEndian(version, 8), ...littleEndian(count, 8)];
  const parts = [padded([...superBlock, ...littleEndian(BigInt(sectorBytes), 4)], sectorBytes)];
  for (const { sector, sectorCount, flags, text, payload } of entries) {
    const numbers = [sector, sectorCount, flags, BigInt(text.length)];
    parts.push(
      padded([...numbers.flatMap((number) => littleEndian(number, 8)), ...text], sectorBytes),
      payload,
    );
  }
  return Buffer.concat(parts);
}

/** Reads `count` entries of a well-formed log. */
export function parseReferenceLog(log: Buffer, count: number): (ReferenceEntry & { payloadAt: number })[] {
  const sectorBytes = Number(number(log, 24, 4));
  let at = sectorBytes;
  return Array.from({ length: count }, () => {
    const [sector, sectorCount, flags, textBytes] = [0, 8, 16, 24].map((field) => number(log, at + field, 8));
    const payloadBytes = flags! & discard ? 0 : Number(sectorCount) * sectorBytes;
    const payloadAt = at + sectorBytes;
    const text = flags! & 8n ? log.subarray(at + 32, at + 32 + Number(textBytes)) : Buffer.alloc(0);
    at = payloadAt + payloadBytes;
    return {
      sector: sector!,
      sectorCount: sectorCount!,
      flags: flags!,
      text,
      payload: log.subarray(payloadAt, at),
      payloadAt,
    };
  });
}

function littleEndian(value: bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, nth) => Number((value >> BigInt(8 * nth)) & 0xffn));
}

function number(log: Buffer, at: number, bytes: number): bigint {
  let value = 0n;
  for (let nth = bytes - 1; nth >= 0; nth--) value = value * 256n + BigInt(log[at + nth]!);
  return value;
}

function padded(bytes: number[], length: number): Buffer {
  return Buffer.concat([Buffer.from(bytes), Buffer.alloc(length - bytes.length)]);
}

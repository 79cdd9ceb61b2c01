import fc from 'fast-check';
import type { ReferenceEntry } from './reference-log.js';

/** Entries as any of the writers may leave them, for a device of `deviceSectors` sectors of the log's size. */
export function logEntries(sectorBytes: number, deviceSectors = 1000): fc.Arbitrary<ReferenceEntry[]> {
  const none = Buffer.alloc(0);
  const place = fc
    .tuple(fc.nat({ max: deviceSectors - 4 }), fc.integer({ min: 1, max: 4 }))
    .map(([sector, count]) => ({ sector: BigInt(sector), sectorCount: BigInt(count), text: none }));
  const write = fc
    .tuple(place, fc.constantFrom(0n, 1n, 2n, 3n, 16n, 19n), fc.nat({ max: 255 }))
    .map(([place, flags, fill]) => ({
      ...place,
      flags,
      payload: Buffer.alloc(Number(place.sectorCount) * sectorBytes, fill),
    }));
  const discard = place.map((place) => ({ ...place, flags: 4n, payload: none }));
  const flush = fc.constant({ sector: 0n, sectorCount: 0n, flags: 1n, text: none, payload: none });
  const mark = fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => ({ sector: 0n, sectorCount: 0n, flags: 8n, text: Buffer.from(text), payload: none }));
  return fc.array(
    fc.oneof({ arbitrary: write, weight: 4 }, discard, flush, mark) as fc.Arbitrary<ReferenceEntry>,
    { maxLength: 12 },
  );
}

import fc from 'fast-check';

/** What one hostile giver of acks does: sends these chunks, then leaves. */
export interface HostileAcker {
  chunks: Buffer[];
  /** `end` closes its sending side and reads to the end; `destroy` goes without reading. */
  leaves: 'end' | 'destroy';
}

const anyBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const lines = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('', 'saved', '\0', '\r', '\ud800'),
    ),
    {
      maxLength: 8,
    },
  )
  .map((texts) => Buffer.from(texts.map((text) => `${text}\n`).join('')));
const flood = fc.nat({ max: 3000 }).map((length) => Buffer.alloc(length, '\n'));
/** Around the longest that is taken. */
const long = fc
  .integer({ min: 65_000, max: 66_500 })
  .chain((length) => fc.constantFrom('x', '\0', 'xx\n').map((text) => Buffer.alloc(length, text)));

export const hostileAcker: fc.Arbitrary<HostileAcker> = fc.record({
  chunks: fc.array(
    fc.oneof(
      { arbitrary: lines, weight: 40 },
      { arbitrary: anyBytes, weight: 40 },
      { arbitrary: flood, weight: 2 },
      { arbitrary: long, weight: 1 },
    ),
    { maxLength: 6 },
  ),
  leaves: fc.constantFrom('end', 'end', 'end', 'destroy'),
});

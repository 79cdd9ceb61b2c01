/** The numbering of pieces: every sector of every write in exactly one piece, and back. */
import fc from 'fast-check';
import t from 'tap';
import { type Granularity, Pieces } from '../../harness/explore/pieces.js';
import type { BlockOperation } from '../../harness/trace/operation.js';

const operations: fc.Arbitrary<BlockOperation[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('write' as const, 'discard' as const, 'flush' as const),
      sector: fc.nat({ max: 200 }),
      sectorCount: fc.nat({ max: 60 }),
      gap: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => {
    let index = 0;
    return list.map(({ kind, sector, sectorCount, gap }) => {
      index += gap;
      return { index, kind, sector, sectorCount: kind === 'flush' ? 0 : sectorCount, fua: false };
    });
  });

t.test('pieceAt, pieceEnd, describe and countOf agree', async (t) => {
  const property = fc.property(
    operations,
    fc.constantFrom<Granularity>('write', 'block', 'sector'),
    fc.constantFrom(512, 4096),
    fc.nat({ max: 1000 }),
    (operations, granularity, unitBytes, first) => {
      const pieces = new Pieces(operations, granularity, unitBytes, first);
      let next = first;
      for (const operation of operations) {
        const numbers = new Set<number>();
        for (let i = 0; i < operation.sectorCount; i++) {
          const sector = operation.sector + i;
          const piece = pieces.pieceAt(operation, sector);
          numbers.add(piece);
          const found = pieces.describe(piece);
          const inside = sector >= found.sector && sector < found.sector + found.sectorCount;
          if (found.operation !== operation || !inside)
            throw new Error(`piece ${piece} misses sector ${sector}`);
          if (found.sector + found.sectorCount !== pieces.pieceEnd(operation, sector))
            throw new Error('pieceEnd');
          // What is atomic on this disk is never torn.
          const unit =
            granularity === 'write' ? 1000 : Math.max(granularity === 'block' ? 8 : 1, unitBytes / 512);
          if (Math.floor(found.sector / unit) !== Math.floor((found.sector + found.sectorCount - 1) / unit)) {
            throw new Error(`piece ${piece} spans two units`);
          }
        }
        const expected = Array.from({ length: pieces.countOf(operation) }, (_, i) => next + i);
        if ([...numbers].join() !== expected.join())
          throw new Error(`numbers ${[...numbers]}, expected ${expected}`);
        next += expected.length;
      }
      if (pieces.end !== next) throw new Error(`end ${pieces.end}, expected ${next}`);
      for (const outside of [first - 1, next]) {
        try {
          pieces.describe(outside);
        } catch (error) {
          if (error instanceof RangeError) continue;
        }
        throw new Error(`piece ${outside} is described`);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('by example', async (t) => {
  const write: BlockOperation = { index: 0, kind: 'write', sector: 6, sectorCount: 12, fua: false };
  const of = (granularity: Granularity, unitBytes: number): [number, number][] => {
    const pieces = new Pieces([write], granularity, unitBytes);
    return Array.from({ length: pieces.end }, (_, piece) => {
      const { sector, sectorCount } = pieces.describe(piece);
      return [sector, sectorCount];
    });
  };
  t.same(of('write', 512), [[6, 12]]);
  t.same(
    of('block', 512),
    [
      [6, 2],
      [8, 8],
      [16, 2],
    ],
    'blocks are those of the disk, not of the write',
  );
  t.same(of('sector', 4096), of('block', 512), 'a disk with large sectors tears at those');
  t.equal(of('sector', 512).length, 12);
});

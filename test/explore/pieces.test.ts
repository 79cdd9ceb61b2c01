/** The numbering of pieces: every sector of every write in exactly one piece, and back. */
import fc from 'fast-check';
import t from 'tap';
import { type Granularity, Pieces, partsPerWrite } from '../../harness/explore/pieces.js';
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

t.test(
  'a torn write falls into parts: every sector in one, at borders of the atomic unit, few',
  async (t) => {
    const property = fc.property(operations, fc.constantFrom(512, 4096), (operations, unitBytes) => {
      const pieces = new Pieces(operations, 'torn', unitBytes);
      const unit = unitBytes / 512;
      const numbers = new Set<number>();
      for (const operation of operations) {
        if (operation.sectorCount === 0) continue;
        const piece = pieces.pieceAt(operation, operation.sector);
        numbers.add(piece);
        const first = Math.floor(operation.sector / unit);
        const last = Math.floor((operation.sector + operation.sectorCount - 1) / unit);
        const write = pieces.tearable(piece);
        if ((write !== undefined) !== (operation.kind === 'write' && last > first))
          throw new Error(`${operation.kind} of units ${first} to ${last}`);
        if (!write) continue;
        if (write.parts !== Math.min(partsPerWrite, last - first + 1))
          throw new Error(`${write.parts} parts`);
        const view = pieces.tearing(write);
        for (let sector = operation.sector; sector < operation.sector + operation.sectorCount; sector++) {
          const part = view.pieceAt(operation, sector);
          numbers.add(part);
          const found = pieces.describe(part);
          if (found.operation !== operation || pieces.tornBy(part) !== write) throw new Error('whose part?');
          if (sector < found.sector || sector >= found.sector + found.sectorCount)
            throw new Error(`part ${part} misses sector ${sector}`);
          if (found.sector !== operation.sector && found.sector % unit !== 0)
            throw new Error('torn inside an atomic unit');
          if (view.pieceEnd(operation, sector) !== found.sector + found.sectorCount)
            throw new Error('pieceEnd');
        }
        // A header and a trailer are parts of their own.
        const head = pieces.describe(write.first).sectorCount;
        const tail = pieces.describe(write.first + write.parts - 1).sectorCount;
        if (head > unit || tail > unit) throw new Error(`the ends are ${head} and ${tail} sectors`);
      }
      if (
        [...numbers].sort((a, b) => a - b).join() !== Array.from({ length: pieces.end }, (_, i) => i).join()
      )
        throw new Error('numbers with gaps, or twice');
    });
    fc.assert(property, { numRuns: 300 });
    t.pass();
  },
);

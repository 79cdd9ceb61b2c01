/** The ways in which a write is torn, and the decisions about them. */
import fc from 'fast-check';
import t from 'tap';
import type { Decision } from '../../harness/explore/decisions.js';
import { Pieces } from '../../harness/explore/pieces.js';
import { TornDecisions, tearsAmong, tearsOf } from '../../harness/explore/tears.js';

const text = (tear: readonly boolean[]): string => tear.map((present) => (present ? '1' : '0')).join('');

t.test('each tear once, and none that is no tear', async (t) => {
  t.same(tearsOf(1).map(text), []);
  t.same(tearsOf(2).map(text).sort(), ['01', '10']);
  t.same(tearsOf(3).map(text).sort(), ['001', '010', '011', '100', '101', '110'], 'all there are');
  for (const parts of [4, 8, 16]) {
    const tears = tearsOf(parts).map(text);
    t.equal(tears.length, 4 * parts - 6);
    t.equal(new Set(tears).size, tears.length);
    t.notOk(tears.some((tear) => !tear.includes('0') || !tear.includes('1')));
    for (let at = 1; at < parts; at++) {
      t.ok(tears.includes('1'.repeat(at) + '0'.repeat(parts - at)), `the first ${at} of ${parts} there`);
      t.ok(tears.includes('0'.repeat(at) + '1'.repeat(parts - at)), `the first ${at} of ${parts} lost`);
    }
    t.ok(tears.includes(`1${'0'.repeat(1)}${'1'.repeat(parts - 2)}`), 'a hole between two ends that agree');
  }
});

t.test('where only some parts differ, what is alike on them is no tear', async (t) => {
  t.same(tearsAmong(4, []), []);
  t.same(tearsAmong(4, [2]), [], 'one part decides by itself');
  t.same(tearsAmong(4, [0, 1, 2, 3]), tearsOf(4));
  t.ok(tearsAmong(4, [0, 3]).every((tear) => tear[0] !== tear[3]));
});

t.test('decisions partition the tears, whatever is asked in which order', async (t) => {
  const property = fc.property(
    fc.integer({ min: 2, max: 16 }),
    fc.infiniteStream(fc.nat({ max: 1000 })),
    (parts, picks) => {
      const operation = { index: 0, kind: 'write' as const, sector: 0, sectorCount: parts, fua: false };
      const write = new Pieces([operation], 'torn', 512).tearable(0)!;
      const all = tearsOf(parts);
      const asks = Array.from({ length: parts }, () => (picks.next().value as number) % parts);
      const seen: string[] = [];
      for (let stack: Decision[] | null = []; stack; ) {
        const decisions = new TornDecisions(stack, write, all);
        for (const position of asks) {
          const present = decisions.isPresent(write.first + position);
          if (decisions.left.some((tear) => tear[position] !== present)) throw new Error('not as answered');
        }
        seen.push(...decisions.left.map(text));
        const next: Decision[] = decisions.path.map((decision) => ({ ...decision }));
        while (next.length > 0 && !next.at(-1)!.present) next.pop();
        if (next.length > 0) next.at(-1)!.present = false;
        stack = next.length > 0 ? next : null;
      }
      if (seen.sort().join() !== all.map(text).sort().join())
        throw new Error(`${seen.length} of ${all.length}`);
    },
  );
  fc.assert(property, { numRuns: 200 });
  t.pass();
});

/** The book of leaves: the same whatever order they arrive in. */
import fc from 'fast-check';
import t from 'tap';
import { decodeDecisions, encodeDecisions } from '../../harness/explore/lane/messages.js';
import { LeafBook } from '../../harness/explore/leaf-book.js';
import { Pieces } from '../../harness/explore/pieces.js';
import { StateCount } from '../../harness/explore/state-count.js';
import type { Problem } from '../../harness/judge/judgement.js';
import { problemCalled } from './in-process-pool.js';

interface Arrival {
  point: number;
  decisions: number[];
  problems: Problem[];
  nested: Problem[];
}

const problems = fc
  .subarray(['a', 'b', 'c'])
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.constantFrom(problemCalled(name), problemCalled(name, 'unknown')))),
  );

/** Leaves of a full binary tree of decisions, as exploring gives them: no two stand for the same state. */
const leavesOfPoint = (point: number): fc.Arbitrary<Arrival[]> => {
  const tree = fc.letrec<{ node: number[][] }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthIdentifier: `point-${point}` },
      fc.constant<number[][]>([[]]),
      fc
        .tuple(tie('node'), tie('node'))
        .map(([present, absent]) => [
          ...present.map((path) => [1, ...path]),
          ...absent.map((path) => [0, ...path]),
        ]),
    ),
  })).node;
  return tree.chain((paths) =>
    fc.tuple(
      ...paths.map((path) =>
        fc.tuple(problems, problems).map(([problems, nested]) => ({
          point,
          decisions: path.map((bit, piece) => (bit ? piece : ~piece)),
          problems,
          nested,
        })),
      ),
    ),
  );
};

const pieces = new Pieces(
  Array.from({ length: 8 }, (_, index) => ({
    index,
    kind: 'write',
    sector: index,
    sectorCount: 1,
    fua: false,
  })),
  'write',
  512,
);

const arrivals = fc.tuple(leavesOfPoint(0), leavesOfPoint(1), leavesOfPoint(2)).map((all) => all.flat());

function bookOf(list: readonly Arrival[]): LeafBook {
  const book = new LeafBook(pieces);
  for (const { point, decisions, problems, nested } of list) book.add(point, { decisions, problems, nested });
  return book;
}

t.test('shuffled arrivals give the same sightings', async (t) => {
  const shuffled = arrivals.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const property = fc.property(shuffled, ([list, other]) => {
    const a = JSON.stringify(bookOf(list).sightings());
    const b = JSON.stringify(bookOf(other).sightings());
    if (a !== b) throw new Error(`${a}\n${b}`);
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('each problem with the plainest state that shows it', async (t) => {
  const property = fc.property(arrivals, (list) => {
    for (const sighting of bookOf(list).sightings()) {
      const shows = list.flatMap(({ point, decisions, problems, nested }) => {
        const lost = decisions.filter((decision) => decision < 0).length;
        const of = (found: Problem[], isNested: number) =>
          found
            .filter((p) => p.path === sighting.problem.path && p.outcome === sighting.problem.outcome)
            .map(() => [isNested, point, lost] as const);
        return [...of(problems, 0), ...of(nested, 1)];
      });
      const best = shows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])[0]!;
      const kept = [sighting.nested ? 1 : 0, sighting.point, sighting.lost.length];
      if (kept.join() !== best.join()) throw new Error(`kept ${kept}, best ${best}`);
      if (sighting.leaves !== shows.length)
        throw new Error(`${sighting.leaves} leaves instead of ${shows.length}`);
    }
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('states and the leaf of a subset', async (t) => {
  const count = new StateCount(pieces, [0, 1, 2, 3, 4]);
  const statesIn = (book: LeafBook): bigint =>
    book.leavesOf(3).reduce((sum, leaf) => sum + count.statesIn(leaf), 0n);
  const property = fc.property(leavesOfPoint(3), fc.integer({ min: 0, max: 31 }), (list, bits) => {
    const book = bookOf(list);
    if (statesIn(book) !== 32n) throw new Error(`${statesIn(book)} states`);
    const lost = new Set([0, 1, 2, 3, 4].filter((piece) => bits & (1 << piece)));
    const leaf = book.leafOf(3, lost)!;
    for (const decision of leaf.decisions) {
      if (decision >= 0 ? lost.has(decision) : !lost.has(~decision)) throw new Error('the wrong leaf');
    }
    // Without its leaf a subset has none.
    const others = bookOf(list.filter(({ decisions }) => decisions.join() !== leaf.decisions.join()));
    if (others.leafOf(3, lost)) throw new Error('a leaf of nobody');
    book.forgetLeaves(3);
    if (statesIn(book) !== 0n || book.leafOf(3, lost)) throw new Error('not forgotten');
  });
  fc.assert(property, { numRuns: 200 });
  t.pass();
});

t.test('violations come first, then unknowns, then by crash point', async (t) => {
  const book = new LeafBook(pieces);
  book.add(2, { decisions: [~4, 5], problems: [problemCalled('late'), problemCalled('odd', 'unknown')] });
  book.add(1, { decisions: [~7], problems: [], nested: [problemCalled('nested'), problemCalled('late')] });
  book.add(0, { decisions: [], problems: [problemCalled('odd', 'unknown')] });
  t.same(
    book.sightings().map(({ problem, point, lost, nested }) => [problem.path, point, lost, nested]),
    [
      ['nested', 1, [7], true],
      ['late', 2, [4], false],
      ['odd', 0, [], false],
    ],
  );
  t.equal(book.violations, 2);
});

t.test('decisions in short', async (t) => {
  const decisions = fc.array(fc.record({ piece: fc.nat({ max: 2 ** 30 }), present: fc.boolean() }));
  fc.assert(
    fc.property(decisions, (list) => {
      const back = decodeDecisions(JSON.parse(JSON.stringify(encodeDecisions(list))));
      if (JSON.stringify(back) !== JSON.stringify(list)) throw new Error(JSON.stringify(back));
    }),
  );
  t.same(
    encodeDecisions([
      { piece: 0, present: true },
      { piece: 0, present: false },
    ]),
    [0, -1],
  );
});

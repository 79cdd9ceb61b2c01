/** Lazy exploration visits every crash state exactly once, and gives each the outcome that recovering it gives. */
import fc from 'fast-check';
import t from 'tap';
import { CrashImage } from '../../harness/explore/crash-image.js';
import { type CrashPoint, crashPoints } from '../../harness/explore/crash-points.js';
import {
  type Decider,
  type Decision,
  EagerDecisions,
  LazyDecisions,
} from '../../harness/explore/decisions.js';
import { LogIndex } from '../../harness/explore/log-index.js';
import { RecoveryMemory } from '../../harness/explore/memory.js';
import { PointSearch } from '../../harness/explore/point-search.js';
import type { BlockOperation } from '../../harness/trace/operation.js';
import { allSubsets, contentAfter, pendingOf } from './brute-force.js';
import { differences, type ModelLeaf, momentOf } from './comparison.js';
import { type ModelRecovery, overlayDisk, plainDisk, threads, walking } from './model-recovery.js';
import { deviceSectors, type Recorded, recorded, type SmallLog, smallLog } from './small-log.js';

const seed = fc.nat({ max: 1_000_000 });

function pointsOf({ recording, acks, endIndex }: Recorded): CrashPoint[] {
  return crashPoints(recording.index.operations, acks, endIndex);
}

interface SearchOptions {
  prefix?: readonly Decision[];
  memory?: RecoveryMemory<string>;
}

function searchOf(all: Recorded, point: CrashPoint, recover: ModelRecovery, options: SearchOptions = {}) {
  return new PointSearch<string>({
    imageFor: (decider) => new CrashImage(all.recording, point, decider),
    prefix: options.prefix ?? [],
    recover: (image) => recover(overlayDisk(image)),
    memory: options.memory ?? new RecoveryMemory(),
  });
}

function leavesOf(search: PointSearch<string>): ModelLeaf[] {
  const leaves: ModelLeaf[] = [];
  for (let leaf = search.next(); leaf; leaf = search.next()) leaves.push(leaf);
  return leaves;
}

/** Compares all crash points of a log with brute force; throws what differs. */
function compare(
  all: Recorded,
  recover: ModelRecovery,
  explore: (point: CrashPoint) => ModelLeaf[],
  expected: ModelRecovery = recover,
): void {
  for (const point of pointsOf(all)) {
    const found = differences(all.log, point, explore(point), expected);
    if (found.length > 0) throw new Error(found.slice(0, 5).join('\n'));
  }
}

t.test('each point by itself', async (t) => {
  const property = fc.property(smallLog, seed, (log, seed) => {
    const all = recorded(log);
    const recover = walking(seed);
    compare(all, recover, (point) => leavesOf(searchOf(all, point, recover)));
  });
  fc.assert(property, { numRuns: 800 });
  t.pass();
});

t.test('with one memory for all points, which saves recoveries', async (t) => {
  let remembered = 0;
  const property = fc.property(smallLog, seed, (log, seed) => {
    const all = recorded(log);
    const recover = walking(seed);
    const memory = new RecoveryMemory<string>();
    compare(all, recover, (point) => {
      const search = searchOf(all, point, recover, { memory });
      const leaves: ModelLeaf[] = [];
      for (let leaf = search.next(); leaf; leaf = search.next()) {
        leaves.push(leaf);
        if (leaf.remembered) remembered++;
      }
      return leaves;
    });
  });
  fc.assert(property, { numRuns: 800 });
  t.ok(remembered > 100, `${remembered} leaves needed no recovery`);
});

/** Explores a point by as many searches as donations make, switching between them at random. */
function shared(
  all: Recorded,
  point: CrashPoint,
  recover: ModelRecovery,
  pick: (count: number) => number,
  take: (prefix: Decision[]) => boolean = () => true,
): { leaves: ModelLeaf[]; donations: number } {
  const memory = new RecoveryMemory<string>();
  const running = [searchOf(all, point, recover, { memory })];
  const leaves: ModelLeaf[] = [];
  let donations = 0;
  while (running.length > 0) {
    const at = pick(running.length);
    if (pick(3) === 0) {
      const prefix = running[at]!.donate();
      if (prefix && take(prefix)) {
        donations++;
        // Somebody else remembers other things, or the same.
        running.push(searchOf(all, point, recover, pick(2) ? { prefix } : { prefix, memory }));
      }
      continue;
    }
    const leaf = running[at]!.next();
    if (leaf) leaves.push(leaf);
    else if (running.splice(at, 1)[0]!.donate()) throw new Error('a finished search had something to give');
  }
  return { leaves, donations };
}

const picks = fc.infiniteStream(fc.nat({ max: 1 << 20 }));
const picking =
  (stream: Iterator<number>) =>
  (count: number): number =>
    (stream.next().value as number) % count;

t.test('parts of it given away at any moment, and parts of those', async (t) => {
  let donations = 0;
  const property = fc.property(smallLog, seed, picks, (log, seed, picks) => {
    const all = recorded(log);
    const recover = walking(seed);
    compare(all, recover, (point) => {
      const result = shared(all, point, recover, picking(picks));
      donations += result.donations;
      return result.leaves;
    });
  });
  fc.assert(property, { numRuns: 900 });
  t.ok(donations > 100, `${donations} donations`);
});

t.test('recovery that reads in another order every time', async (t) => {
  const property = fc.property(smallLog, seed, picks, fc.boolean(), (log, seed, picks, remembers) => {
    const all = recorded(log);
    const pick = picking(picks);
    const recover = threads(seed, pick);
    const inOrder = threads(seed, () => 0);
    const memory = new RecoveryMemory<string>();
    const options = remembers ? { memory } : {};
    compare(all, recover, (point) => leavesOf(searchOf(all, point, recover, options)), inOrder);
    compare(all, recover, (point) => shared(all, point, recover, pick).leaves, inOrder);
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('every crash image byte for byte, for whoever decides in advance', async (t) => {
  const property = fc.property(smallLog, (log) => {
    const all = recorded(log);
    for (const point of pointsOf(all)) {
      const moment = momentOf(log, point);
      const pending = pendingOf(moment);
      const listed = all.recording.pieces.pendingAt(point);
      if (listed.join() !== pending.join()) throw new Error(`pending: ${listed}, should be ${pending}`);
      for (const lost of allSubsets(pending)) {
        const image = new CrashImage(all.recording, point, new EagerDecisions(lost));
        const found = overlayDisk(image).read(0, deviceSectors);
        const expected = contentAfter(log, moment, lost);
        if (found.join() !== expected.join())
          throw new Error(`lost [${[...lost]}]: ${found}, should be ${expected}`);
      }
    }
  });
  fc.assert(property, { numRuns: 150 });
  t.pass();
});

t.test('asks only for pieces that the bytes read depend on', async (t) => {
  const log: SmallLog = {
    disks: 1,
    base: Array(deviceSectors).fill(0),
    entries: [
      { kind: 'write', sector: 0, tags: [1, 1, 1, 1], fua: false },
      { kind: 'write', sector: 8, tags: [2], fua: false },
      { kind: 'write', sector: 1, tags: [3, 3], fua: false },
    ],
    granularity: 'write',
    atomicUnitBytes: 512,
    discard: 'zeros',
  };
  const all = recorded(log);
  const end = pointsOf(all).at(-1)!;
  const asked = (sector: number, count: number, forced: Decision[] = []): string => {
    const decisions = new LazyDecisions(forced);
    new CrashImage(all.recording, end, decisions).read(sector * 512, Buffer.alloc(count * 512));
    return decisions.path.map(({ piece, present }) => (present ? `${piece}` : `-${piece}`)).join();
  };
  t.equal(asked(16, 8), '', 'nobody wrote there');
  t.equal(asked(8, 1), '1');
  t.equal(asked(1, 2), '2', 'the newer write settles both sectors, the older one does not matter');
  t.equal(asked(1, 1, [{ piece: 2, present: false }]), '-2,0', 'without the newer one the older one does');
  t.equal(asked(3, 1), '0', 'a sector that the newer write leaves alone');
});

t.test('a write over very many blocks is found in each of them', async (t) => {
  const sectors = 8 * 5000;
  const operations: BlockOperation[] = [
    { index: 0, kind: 'write', sector: 8, sectorCount: 8, fua: false },
    { index: 1, kind: 'discard', sector: 4, sectorCount: sectors, fua: false },
    { index: 2, kind: 'write', sector: 16, sectorCount: 1, fua: false },
    { index: 3, kind: 'write', sector: 40_500, sectorCount: 1, fua: false },
  ];
  const index = new LogIndex(operations);
  const indexes = (block: number): number[] => index.touching(block).map((operation) => operation.index);
  t.same(indexes(0), [1]);
  t.same(indexes(1), [0, 1]);
  t.same(indexes(2), [1, 2]);
  t.same(indexes(4999), [1]);
  t.same(indexes(5000), [1]);
  t.same(indexes(5001), []);
  t.same(indexes(5062), [3]);
});

t.test('mutants that the comparison must notice', async (t) => {
  const cases = fc.sample(fc.tuple(smallLog, seed), { numRuns: 150, seed: 7 });
  const noticed = (
    explore: (all: Recorded, point: CrashPoint, recover: ModelRecovery, n: number) => ModelLeaf[],
    indexOf?: typeof LogIndex,
  ): number =>
    cases.filter(([log, seed], n) => {
      const all = recorded(log, indexOf);
      const recover = walking(seed);
      try {
        compare(all, recover, (point) => explore(all, point, recover, n));
        return false;
      } catch {
        return true;
      }
    }).length;
  const honest = (all: Recorded, point: CrashPoint, recover: ModelRecovery): ModelLeaf[] =>
    leavesOf(searchOf(all, point, recover));

  t.equal(noticed(honest), 0, 'the control: nothing wrong, nothing noticed');

  // Remembers nothing, so that every leaf comes from a recovery.
  const forgetful = { recall: () => undefined, remember: () => {} } as unknown as RecoveryMemory<string>;
  const skipsLast = noticed((all, point, recover) => {
    let decider: Decider | null = null;
    return leavesOf(
      new PointSearch<string>({
        imageFor(lazy) {
          decider = lazy;
          return new CrashImage(all.recording, point, lazy);
        },
        prefix: [],
        recover(image) {
          const outcome = recover(overlayDisk(image));
          // The last decision counts for this run, but is on no path to backtrack along.
          if (decider instanceof LazyDecisions) decider.path.pop();
          return outcome;
        },
        memory: forgetful,
      }),
    );
  });
  t.ok(skipsLast > 40, `an explorer that skips the last decision: ${skipsLast} of ${cases.length}`);

  class OldestWins extends LogIndex {
    override touching(block: number): readonly BlockOperation[] {
      return [...super.touching(block)].reverse();
    }
  }
  const oldestWins = noticed(honest, OldestWins);
  t.ok(oldestWins > 8, `a crash image in which the oldest write wins: ${oldestWins} of ${cases.length}`);

  const dropsDonations = noticed((all, point, recover, n) => {
    let state = n + 1;
    const pick = (count: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 16) % count;
    };
    return shared(all, point, recover, pick, () => false).leaves;
  });
  t.ok(dropsDonations > 5, `a donation that nobody explores: ${dropsDonations} of ${cases.length}`);

  const forgetsContents = noticed((all, point, recover) => {
    let known: string | undefined;
    const memory = {
      recall: () => known,
      remember: (_: unknown, judgement: string) => {
        known = judgement;
      },
    } as unknown as RecoveryMemory<string>;
    return leavesOf(searchOf(all, point, recover, { memory }));
  });
  t.ok(
    forgetsContents > 15,
    `a memory that does not look at the blocks: ${forgetsContents} of ${cases.length}`,
  );
});

t.test('the model recovery itself sees what lies on the disk', async (t) => {
  const content = Array.from({ length: deviceSectors }, (_, i) => i % 5);
  const one = {
    ...recorded({
      disks: 1,
      base: content,
      entries: [],
      granularity: 'write',
      atomicUnitBytes: 512,
      discard: 'zeros',
    }),
  };
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const outcome = walking(seed)(plainDisk(content));
    t.equal(outcome, walking(seed)(overlayDisk(one.recording.base)), `seed ${seed}`);
    outcomes.add(outcome);
  }
  t.ok(outcomes.size > 45);
});

t.test('a block that was written thousands of times since the last flush', (t) => {
  const times = 30_000;
  const written = (tagOf: (nth: number) => number): Recorded =>
    recorded({
      disks: 1,
      base: Array.from({ length: deviceSectors }, () => 4),
      entries: Array.from({ length: times }, (_, nth) => ({
        kind: 'write' as const,
        sector: 0,
        tags: [tagOf(nth)],
        fua: false,
      })),
      granularity: 'write',
      atomicUnitBytes: 512,
      discard: 'zeros',
    });
  const tagIn = (image: CrashImage): number => {
    const sector = Buffer.alloc(512);
    image.read(0, sector);
    return sector[0]!;
  };
  const different = written((nth) => nth % 3);
  const end = pointsOf(different).at(-1)!;
  const all = Array.from({ length: times }, (_, nth) => nth);
  const without = (lost: number[]): CrashImage =>
    new CrashImage(different.recording, end, new EagerDecisions(lost));
  t.equal(tagIn(without(all)), 4, 'all lost: what was there before');
  t.equal(tagIn(without(all.slice(2))), 1, 'all but the first two lost');
  const undecided = new LazyDecisions([]);
  t.equal(
    new CrashImage(different.recording, end, undecided).settled(0, 512),
    null,
    'they hold different bytes',
  );
  const same = written(() => 4);
  const image = new CrashImage(same.recording, pointsOf(same).at(-1)!, new LazyDecisions([]));
  t.equal(image.settled(0, 512)?.[0], 4, 'nothing depends on them where all hold the same bytes');
  t.end();
});

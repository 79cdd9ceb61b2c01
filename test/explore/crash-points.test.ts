/** The listed crash points stand for every instant of the recording, and for nothing that cannot happen. */
import fc from 'fast-check';
import t from 'tap';
import { type CrashPoint, crashPoints, isPending } from '../../harness/explore/crash-points.js';
import type { BlockOperation } from '../../harness/trace/operation.js';
import { allSubsets, contentAfter, type Moment, moments, pendingOf } from './brute-force.js';
import { momentOf } from './comparison.js';
import { deviceSectors, recorded, type SmallLog, smallLog } from './small-log.js';

/** Every disk content a cut at these moments can leave, with the number of acks given before. */
function reachable(log: SmallLog, at: readonly Moment[]): Set<string> {
  const states = new Set<string>();
  for (const moment of at) {
    for (const lost of allSubsets(pendingOf(moment))) {
      states.add(`${moment.acks} acks: ${contentAfter(log, moment, lost).join('')}`);
    }
  }
  return states;
}

/** States that some instant allows and no listed point does. */
function missed(log: SmallLog, points: readonly CrashPoint[]): string[] {
  const listed = reachable(
    log,
    points.map((point) => momentOf(log, point)),
  );
  return [...reachable(log, moments(log))].filter((state) => !listed.has(state));
}

function pointsOf(log: SmallLog): CrashPoint[] {
  const { recording, acks, endIndex } = recorded(log);
  return crashPoints(recording.index.operations, acks, endIndex);
}

t.test('a cut at any instant leaves a state of a listed point with as many acks', async (t) => {
  const property = fc.property(smallLog, (log) => {
    const states = missed(log, pointsOf(log));
    if (states.length > 0) throw new Error(`not listed: ${states.slice(0, 3).join(', ')}`);
  });
  fc.assert(property, { numRuns: 400 });
  t.pass();
});

t.test('every listed point is an instant of the recording, once, in order', async (t) => {
  const property = fc.property(smallLog, (log) => {
    const points = pointsOf(log);
    const seen = new Set<string>();
    let previous: CrashPoint | undefined;
    points.forEach((point, i) => {
      if (point.id !== i) throw new Error(`point ${i} is called ${point.id}`);
      const key = [point.logIndex, point.acks, point.openFua, point.lastFlushes].join();
      if (seen.has(key)) throw new Error(`listed twice: ${key}`);
      seen.add(key);
      if (previous && (previous.logIndex > point.logIndex || previous.acks > point.acks))
        throw new Error('not in order');
      previous = point;
      // Throws when there is no such instant.
      momentOf(log, point);
    });
    const { acks, endIndex } = recorded(log);
    if (points.at(-1)!.logIndex !== endIndex || points.at(-1)!.acks !== acks.length)
      throw new Error('no end');
  });
  fc.assert(property, { numRuns: 400 });
  t.pass();
});

t.test('each kind of point is needed', async (t) => {
  const logs = fc.sample(smallLog, { numRuns: 300, seed: 11 });
  const noticed = (left: (point: CrashPoint) => boolean): number =>
    logs.filter((log) => missed(log, pointsOf(log).filter(left)).length > 0).length;
  t.equal(
    noticed(() => true),
    0,
    'the control',
  );
  const counts = {
    fua: noticed(({ reason }) => reason !== 'fua'),
    flush: noticed(({ reason }) => reason !== 'flush'),
    before_ack: noticed(({ reason }) => reason !== 'before_ack'),
    ack: noticed(({ reason }) => reason !== 'ack'),
    end: noticed(({ reason }) => reason !== 'end'),
  };
  for (const [reason, count] of Object.entries(counts))
    t.ok(count > 5, `without ${reason} points: ${count} of ${logs.length}`);
});

/** `w` write, `W` FUA write, `d` discard, `f` flush, `a` ack: one log entry each; `b` something begins. */
function story(text: string): {
  operations: BlockOperation[];
  acks: number[];
  endIndex: number;
  begun: number[];
} {
  const kinds = { w: 'write', W: 'write', d: 'discard', f: 'flush' } as const;
  const operations: BlockOperation[] = [];
  const acks: number[] = [];
  const begun = [...text].flatMap((letter, at) =>
    letter === 'b' ? [text.slice(0, at).replaceAll('b', '').length] : [],
  );
  [...text.replaceAll('b', '')].forEach((letter, index) => {
    if (letter === 'a') acks.push(index);
    else {
      const kind = kinds[letter as keyof typeof kinds];
      const sectorCount = kind === 'flush' ? 0 : 1;
      operations.push({ index, kind, sector: index, sectorCount, fua: letter === 'W' });
    }
  });
  return { operations, acks, endIndex: text.length - begun.length, begun };
}

/** Points as `reason@logIndex/acks[pending operations]`. */
function told(text: string): string[] {
  const { operations, acks, endIndex, begun } = story(text);
  return crashPoints(operations, acks, endIndex, begun).map((point) => {
    const pending = operations.filter(
      (operation) =>
        operation.kind !== 'flush' && operation.index < point.logIndex && isPending(point, operation),
    );
    return `${point.reason}@${point.logIndex}/${point.acks}[${pending.map(({ index }) => index)}]`;
  });
}

t.test('by example', async (t) => {
  t.same(told(''), ['start@0/0[]']);
  t.same(told('w'), ['start@0/0[]', 'end@1/0[0]']);
  t.same(told('wwf'), ['start@0/0[]', 'flush@2/0[0,1]', 'end@3/0[]']);
  t.same(
    told('wWw'),
    ['start@0/0[]', 'fua@2/0[0,1]', 'end@3/0[0,2]'],
    'a FUA write is durable, what came before it is not',
  );
  t.same(told('wfa'), ['start@0/0[]', 'flush@1/0[0]', 'ack@2/1[]', 'end@3/1[]']);
  t.same(
    told('wfda'),
    ['start@0/0[]', 'flush@1/0[0]', 'before_ack@3/0[2]', 'ack@3/1[2]', 'end@4/1[2]'],
    'just before the ack, and just after it',
  );
  t.same(told('waa'), ['start@0/0[]', 'before_ack@1/0[0]', 'ack@1/1[0]', 'ack@2/2[0]', 'end@3/2[0]']);
});

t.test('what begins may be there from then on, and not before', async (t) => {
  t.same(
    told('wbw'),
    ['start@0/0[]', 'begin@1/0[0]', 'end@2/0[0,1]'],
    'just before it, where writes came since',
  );
  t.same(
    told('bwba'),
    ['start@0/0[]', 'begin@1/0[0]', 'ack@1/1[0]', 'end@2/1[0]'],
    'just before the ack, too',
  );
  const { operations, acks, endIndex, begun } = story('bwfbaw');
  t.same(
    crashPoints(operations, acks, endIndex, begun).map(({ reason, said }) => `${reason} ${said}`),
    ['start 0', 'flush 1', 'ack 2', 'end 3'],
    'a point counts what began before a write that it may show',
  );
});

t.test('a flush that came with data is before that data', async (t) => {
  // As the trace reader gives an entry with FLUSH and sectors: two operations with one index.
  const operations: BlockOperation[] = [
    { index: 0, kind: 'write', sector: 0, sectorCount: 1, fua: false },
    { index: 1, kind: 'flush', sector: 0, sectorCount: 0, fua: false },
    { index: 1, kind: 'write', sector: 1, sectorCount: 1, fua: true },
    { index: 2, kind: 'write', sector: 2, sectorCount: 1, fua: false },
  ];
  const pending = crashPoints(operations, [], 3).map((point) =>
    operations
      .filter(({ kind, index }) => kind !== 'flush' && index < point.logIndex)
      .filter((operation) => isPending(point, operation))
      .map(({ index }) => index),
  );
  t.same(pending, [[], [0], [1], [2]]);
});

t.test('small logs are what they should be', async (t) => {
  const logs = fc.sample(smallLog, { numRuns: 300, seed: 3 });
  const pending = logs.map((log) => Math.max(...moments(log).map((moment) => pendingOf(moment).length)));
  t.ok(
    pending.every((count) => count <= 8),
    'small enough to enumerate',
  );
  t.ok(pending.filter((count) => count >= 4).length > 60, 'and large enough to matter');
  t.ok(logs.every(({ base }) => base.length === deviceSectors));
});

t.test('crash points over the same disk have the same crash states', async (t) => {
  let alike = 0;
  const property = fc.property(smallLog, (log) => {
    const disks = new Map<string, string>();
    for (const point of pointsOf(log)) {
      const moment = momentOf(log, point);
      const states = [...allSubsets(pendingOf(moment))].map((lost) =>
        contentAfter(log, moment, lost).join(''),
      );
      const described = `${pendingOf(moment)}: ${states}`;
      const known = disks.get(point.disk);
      if (known !== undefined) alike++;
      if (known !== undefined && known !== described)
        throw new Error(`${point.disk} is ${known} and ${described}`);
      disks.set(point.disk, described);
    }
  });
  fc.assert(property, { numRuns: 400 });
  t.ok(alike > 100, `${alike} crash points had the disk of another one`);
});

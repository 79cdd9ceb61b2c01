/** The whole exploration of a trace, on a pool in this process: what it finds, what it claims, what it repeats. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { crashPoints } from '../../harness/explore/crash-points.js';
import {
  type Exploration,
  type ExplorationOptions,
  exploreTrace,
} from '../../harness/explore/exploration.js';
import { exploreRange } from '../../harness/explore/explore-range.js';
import type { WantedPasses } from '../../harness/explore/offered-passes.js';
import { pointRanges } from '../../harness/explore/point-ranges.js';
import { type FinishedPoint, ProgressFile } from '../../harness/explore/progress-file.js';
import type { ExplorableTrace } from '../../harness/explore/recording.js';
import { signatureOf } from '../../harness/judge/judgement.js';
import { type Explore, explore as exploreSchema } from '../../harness/scenario/schema/explore.js';
import { worst } from '../../harness/verdict/outcome.js';
import { allStates, contentAfter, pendingOf } from './brute-force.js';
import { momentOf } from './comparison.js';
import { InProcessPool, problemCalled, someProblems, type Verdict } from './in-process-pool.js';
import { type ModelRecovery, plainDisk, walking } from './model-recovery.js';
import { recorded, type SmallLog, smallLog } from './small-log.js';

const seed = fc.nat({ max: 1_000_000 });
const picks = fc.infiniteStream(fc.nat({ max: 1 << 20 }));

function tracedOf(log: SmallLog): ExplorableTrace {
  const { recording, acks, endIndex } = recorded(log);
  return { recording, points: crashPoints(recording.index.operations, acks, endIndex) };
}

interface Run {
  recover: ModelRecovery;
  verdict?: Verdict;
  explore?: Partial<Explore>;
  pick?: (count: number) => number;
  progressFile?: ProgressFile;
  signal?: AbortSignal;
  onPool?: (pool: InProcessPool) => void;
  askOthers?: ExplorationOptions['askOthers'];
}

function explored(traced: ExplorableTrace, run: Run): Promise<Exploration> {
  return exploreTrace({
    traced,
    explore: { ...exploreSchema.parse({}), ...run.explore },
    startPool: async (onLeaf) => {
      const pool = new InProcessPool(
        traced,
        run.recover,
        run.verdict ?? someProblems,
        onLeaf,
        run.pick ?? null,
      );
      run.onPool?.(pool);
      return pool.asPool;
    },
    progressFile: run.progressFile ?? null,
    signal: run.signal,
    askOthers: run.askOthers,
  });
}

/** Others who work in this process, each on a run of crash points. */
function others(traced: ExplorableTrace, { recover, verdict = someProblems }: Run) {
  return async ({ points, wholeLimit, tornLimit }: WantedPasses): Promise<FinishedPoint[]> => {
    const parts = pointRanges(traced.points, points).map((range) =>
      exploreRange({
        ...{ traced, range, wholeLimit, tornLimit },
        startPool: async (onLeaf) => new InProcessPool(traced, recover, verdict, onLeaf).asPool,
      }),
    );
    return (await Promise.all(parts)).flat();
  };
}

/** Of every signature: the first crash point that shows it. */
function bruteForce(log: SmallLog, traced: ExplorableTrace, recover: ModelRecovery, verdict = someProblems) {
  const firstPoint = new Map<string, number>();
  let states = 0n;
  const shows = (point: number, lost: ReadonlySet<number>): string[] => {
    const moment = momentOf(log, traced.points[point]!);
    return verdict(recover(plainDisk(contentAfter(log, moment, lost)))).map(signatureOf);
  };
  // A state with a torn write is the lesser account of what one without shows, too.
  for (const torn of [false, true]) {
    for (const { id } of traced.points) {
      const moment = momentOf(log, traced.points[id]!);
      const pending = pendingOf(moment);
      for (const lost of allStates(moment)) {
        if ([...lost].every((number) => pending.includes(number)) === torn) continue;
        states++;
        for (const signature of shows(id, lost))
          if (!firstPoint.has(signature)) firstPoint.set(signature, id);
      }
    }
  }
  return { firstPoint, states, shows };
}

t.test('finds exactly what brute force finds, at the same point, shrunk', async (t) => {
  let findings = 0;
  const property = fc.asyncProperty(smallLog, seed, picks, async (log, seed, picks) => {
    const traced = tracedOf(log);
    const recover = walking(seed);
    const expected = bruteForce(log, traced, recover);
    const result = await explored(traced, {
      recover,
      pick: (count) => (picks.next().value as number) % count,
    });
    const found = new Map(result.sightings.map((sighting) => [sighting.signature, sighting]));
    if ([...found.keys()].sort().join() !== [...expected.firstPoint.keys()].sort().join()) {
      throw new Error(`found ${[...found.keys()]}, should be ${[...expected.firstPoint.keys()]}`);
    }
    for (const [signature, { point, lost }] of found) {
      findings++;
      if (point !== expected.firstPoint.get(signature)) throw new Error(`${signature} at ${point}`);
      if (!expected.shows(point, new Set(lost)).includes(signature))
        throw new Error(`${lost} does not show ${signature}`);
      for (const piece of lost) {
        const fewer = new Set(lost.filter((other) => other !== piece));
        if (expected.shows(point, fewer).includes(signature))
          throw new Error(`${lost}: ${piece} need not be lost`);
      }
    }
    if (result.states !== expected.states) throw new Error(`${result.states} of ${expected.states} states`);
    if (!result.exhaustive) throw new Error('not exhaustive');
    if (result.audit.mismatched > 0) throw new Error(`audit: ${result.audit.detail}`);
    const outcome = worst(result.sightings.map(({ problem }) => problem.outcome));
    if (result.outcome !== outcome) throw new Error(`${result.outcome} instead of ${outcome}`);
  });
  await fc.assert(property, { numRuns: 150 });
  t.ok(findings > 50, `${findings} findings`);
});

t.test('findings do not depend on who explored what in which order', async (t) => {
  const property = fc.asyncProperty(smallLog, seed, picks, async (log, seed, picks) => {
    const traced = tracedOf(log);
    const recover = walking(seed);
    const alone = await explored(traced, { recover });
    const together = await explored(traced, {
      recover,
      pick: (count) => (picks.next().value as number) % count,
    });
    const plain = ({ sightings, states, outcome }: Exploration) =>
      JSON.stringify([sightings.map(({ leaves: _, ...sighting }) => sighting), `${states}`, outcome]);
    if (plain(alone) !== plain(together)) throw new Error(`${plain(alone)}\n${plain(together)}`);
  });
  await fc.assert(property, { numRuns: 100 });
  t.pass();
});

/** Logs with something to explore. */
const busyLogs = fc
  .sample(smallLog, { numRuns: 200, seed: 5 })
  .filter((log) => tracedOf(log).points.some((point) => pendingOf(momentOf(log, point)).length >= 4));

t.test('a budget cuts short, and nothing is claimed that was not seen', async (t) => {
  let cut = 0;
  for (const [n, log] of busyLogs.slice(0, 40).entries()) {
    const traced = tracedOf(log);
    const recover = walking(n);
    const all = bruteForce(log, traced, recover);
    for (const recoveries of [1, 3, 10]) {
      let pool: InProcessPool | undefined;
      const result = await explored(traced, {
        recover,
        explore: { budget: { recoveries }, audit: 0, max_findings: 1000 },
        onPool: (own) => {
          pool = own;
        },
      });
      if (!result.exhaustive) {
        cut++;
        if (result.states >= all.states)
          t.fail(`${result.states} of ${all.states} states, and not exhaustive?`);
        if (
          !/the recovery budget \(explore.budget\) of \d+ ended before \d+ of \d+ crash points/.test(
            result.notes[0] ?? '',
          )
        )
          t.fail('no note');
      } else if (result.states !== all.states) t.fail(`exhaustive with ${result.states} of ${all.states}`);
      if (result.recoveries > recoveries + traced.points.length)
        t.fail(`${result.recoveries} recoveries of ${recoveries}`);
      for (const { signature, point, lost } of result.sightings) {
        if (!all.shows(point, new Set(lost)).includes(signature)) t.fail(`${signature} is not there`);
      }
      t.ok(pool!.recoveries > 0);
    }
  }
  t.ok(cut > 30, `${cut} were cut short`);
});

t.test('the first thing tried without a budget is the state in which everything was lost', async (t) => {
  const log = busyLogs[0]!;
  const traced = tracedOf(log);
  const point = traced.points.find((point) => pendingOf(momentOf(log, point)).length >= 4)!;
  const lost: number[][] = [];
  await explored(traced, {
    recover: walking(1),
    explore: { budget: { recoveries: 2 * traced.points.length, recoveries_per_crash_point: 1 }, audit: 0 },
    onPool: (pool) => {
      const judge = pool.judge.bind(pool);
      pool.judge = (id, pieces) => {
        if (id === point.id) lost.push(pieces);
        return judge(id, pieces);
      };
    },
  });
  t.same(lost[0], pendingOf(momentOf(log, point)));
});

t.test('a pass needs the least at every crash point; without it the outcome is unknown', async (t) => {
  const kinds = { bare: 0, systematic: 0 };
  for (const [n, log] of busyLogs.slice(0, 25).entries()) {
    const traced = tracedOf(log);
    const least = traced.points.reduce((sum, point) => sum + pendingOf(momentOf(log, point)).length + 2, 0);
    for (const recoveries of [1, least, 2 * least]) {
      const tried: string[] = [];
      const result = await explored(traced, {
        recover: walking(n),
        verdict: () => [],
        explore: { budget: { recoveries }, audit: 0 },
        onPool: (pool) => {
          const judge = pool.judge.bind(pool);
          pool.judge = (id, pieces) => {
            tried.push(`${id} ${pieces}`);
            return judge(id, pieces);
          };
        },
      });
      if (result.exhaustive !== (result.unseen.length === 0)) t.fail('unseen, and exhaustive?');
      if (result.exhaustive && !result.systematic) t.fail('exhaustive, and not systematic?');
      if (result.outcome !== (result.systematic ? 'pass' : 'unknown')) t.fail(`${result.outcome}`);
      if (result.exhaustive) continue;
      kinds[result.systematic ? 'systematic' : 'bare']++;
      if (!result.systematic && !result.unseen.some((text) => text.includes('without that there is no pass')))
        t.fail('no word of it');
    }
    // Nobody set a limit: whatever there is of it, the least is in it.
    const free = await explored(traced, { recover: walking(n), verdict: () => [], explore: { audit: 0 } });
    if (!free.systematic) t.fail('a limit that nobody set');
  }
  t.ok(kinds.bare > 10, `${kinds.bare} without the least`);
});

t.test('the same budget, the same crash states, whoever shares the work', async (t) => {
  const property = fc.asyncProperty(smallLog, seed, picks, async (log, seed, picks) => {
    const traced = tracedOf(log);
    const run = async (pick?: (count: number) => number) => {
      const { sightings, unseen, systematic, outcome } = await explored(traced, {
        recover: walking(seed),
        explore: { budget: { recoveries: 12 }, audit: 0 },
        ...(pick ? { pick } : {}),
      });
      return JSON.stringify([
        sightings.map(({ signature, point }) => [signature, point]),
        unseen.length,
        systematic,
        outcome,
      ]);
    };
    const alone = await run();
    const shared = await run((count) => (picks.next().value as number) % count);
    if (alone !== shared) throw new Error(`${alone}\n${shared}`);
  });
  await fc.assert(property, { numRuns: 100 });
  t.pass();
});

t.test('a recovery that is no function of what it reads is noticed: unknown', async (t) => {
  let noticed = 0;
  for (const log of busyLogs.slice(0, 20)) {
    let n = 0;
    const result = await explored(tracedOf(log), {
      recover: (disk) => `${disk.read(0, 24)} ${n++}`,
      verdict: (outcome) => (Number(outcome.split(' ')[1]) % 2 ? [problemCalled('now and then')] : []),
      explore: { audit: 20 },
    });
    if (result.audit.mismatched === 0) continue;
    noticed++;
    if (result.outcome !== 'unknown') t.fail(`a mismatch, and still ${result.outcome}`);
    if (!result.notes.some((note) => note.startsWith('audit: crash point '))) t.fail('no note');
  }
  t.ok(noticed >= 15, `${noticed} of 20`);
});

t.test('goes on where it was', async (t) => {
  for (const [n, log] of busyLogs.slice(0, 10).entries()) {
    const traced = tracedOf(log);
    const recover = walking(n);
    const path = join(t.testdir(), `${n}.ndjson`);
    const whole = await explored(traced, { recover, progressFile: new ProgressFile(path) });
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    t.equal(
      lines.filter((line) => JSON.parse(line).torn !== true).length,
      traced.points.length,
      'a line for each crash point',
    );
    // Half of them, or all but the last, and a torn one.
    const kept = lines.slice(0, n % 2 === 0 ? Math.floor(lines.length / 2) : -1);
    writeFileSync(path, `\n${kept.join('\n')}\n${lines.at(-1)!.slice(0, 20)}`);
    const points: string[] = [];
    const resumed = await explored(traced, {
      recover,
      progressFile: new ProgressFile(path),
      onPool: (pool) => {
        const explore = pool.explore.bind(pool);
        pool.explore = (id, options) => {
          points.push(`${id} ${options.starts !== undefined}`);
          return explore(id, options);
        };
      },
    });
    const done = kept.map((line) => {
      const { point, torn = false } = JSON.parse(line) as FinishedPoint;
      return `${point} ${torn}`;
    });
    t.notOk(
      points.some((point) => done.includes(point)),
      'what was finished is not explored again',
    );
    t.equal(points.length, lines.length - kept.length);
    const told = ({ sightings, states, exhaustive, outcome }: Exploration) => ({
      sightings: sightings.map(({ signature, point, lost }) => ({ signature, point, lost })),
      states: `${states}`,
      exhaustive,
      outcome,
    });
    t.same(told(resumed), told(whole));
    t.equal(new ProgressFile(path).load().length, lines.length, 'the torn line is nobody’s');
  }
});

t.test('progress that is not of this trace, or not whole, proves nothing', async (t) => {
  const log = busyLogs[1]!;
  const traced = tracedOf(log);
  const recover = walking(3);
  const { states } = bruteForce(log, traced, recover);
  const busiest = traced.points.reduce((a, b) =>
    pendingOf(momentOf(log, a)).length >= pendingOf(momentOf(log, b)).length ? a : b,
  );
  const one = pendingOf(momentOf(log, busiest))[0]!;
  const lines = {
    'half of the leaves': { point: busiest.id, recoveries: 1, leaves: [{ decisions: [one], problems: [] }] },
    'pieces that are not pending': {
      point: busiest.id,
      recoveries: 1,
      leaves: [
        { decisions: [9999], problems: [] },
        { decisions: [~9999], problems: [] },
      ],
    },
    'no leaves': { point: busiest.id, recoveries: 0, leaves: [] },
    'another point': { point: 9999, recoveries: 0, leaves: [{ decisions: [], problems: [] }] },
    'a number': 5,
    nothing: null,
    'a list': [1, 2],
    'leaves of no shape': { point: busiest.id, recoveries: 0, leaves: 'all' },
  };
  for (const [name, line] of Object.entries(lines)) {
    const path = join(t.testdir(), 'explore.ndjson');
    writeFileSync(path, '');
    appendFileSync(path, `\n${JSON.stringify(line)}`);
    const result = await explored(traced, { recover, progressFile: new ProgressFile(path) });
    t.match(
      { states: `${result.states}`, exhaustive: result.exhaustive },
      { states: `${states}`, exhaustive: true },
      name,
    );
  }
});

t.test('an abort ends it with its reason', async (t) => {
  const controller = new AbortController();
  const log = busyLogs[2]!;
  const reason = new Error('Ctrl-C');
  await t.rejects(
    explored(tracedOf(log), {
      recover: (disk) => {
        controller.abort(reason);
        return walking(1)(disk);
      },
      signal: controller.signal,
    }),
    reason,
  );
});

t.test('what others explored counts as if it had been explored here, whatever the budget', async (t) => {
  let taken = 0;
  let cut = 0;
  const property = fc.asyncProperty(smallLog, seed, fc.nat({ max: 60 }), async (log, seed, recoveries) => {
    const traced = tracedOf(log);
    const explore = recoveries > 50 ? {} : { budget: { recoveries: recoveries + 1 } };
    const run = { recover: walking(seed), explore };
    const alone = await explored(traced, run);
    let pool: InProcessPool | null = null;
    const shared = await explored(traced, {
      ...run,
      askOthers: others(traced, run),
      onPool: (own) => {
        pool = own;
      },
    });
    // What a lane remembers of crash points before it, another one does not.
    const said = ({ recoveries: _, ...rest }: Exploration) => rest;
    t.strictSame(said(shared), said(alone));
    if (alone.exhaustive && pool!.explored.length === 0) taken++;
    if (!alone.exhaustive) cut++;
  });
  await fc.assert(property, { numRuns: 150 });
  t.ok(taken > 20, `${taken} were explored by others alone`);
  t.ok(cut > 10, `${cut} were cut off by the budget`);
});

t.test('what others say twice, unasked, of another trace or in part is noticed', async (t) => {
  const writes = (count: number): SmallLog => ({
    disks: 1,
    base: Array.from({ length: 24 }, () => 0),
    entries: [
      ...Array.from({ length: count }, (_, sector) => ({
        ...{ kind: 'write' as const, disk: 0, sector, tags: [1], fua: false },
      })),
      { kind: 'flush', disk: 0 },
      { kind: 'ack', mark: false },
    ],
    ...{ granularity: 'write', atomicUnitBytes: 512, discard: 'zeros' },
  });
  const traced = tracedOf(writes(3));
  const run = { recover: walking(1) };
  const refused = (says: RegExp, change: (finished: FinishedPoint[]) => FinishedPoint[]) =>
    t.rejects(
      explored(traced, {
        ...run,
        askOthers: async (wanted) => change(await others(traced, run)(wanted)),
      }),
      says,
    );
  await refused(/crash point 0 was explored twice/, (finished) => [...finished, finished[0]!]);
  await refused(/crash point 99 was explored, and nobody asked/, (finished) => [
    { ...finished[0]!, point: 99 },
    ...finished,
  ]);
  await refused(/leaves cover \d+ of \d+ crash states/, (finished) =>
    finished.map((one) => ({ ...one, leaves: one.leaves.slice(1) })),
  );
  await refused(/explored in another trace/, (finished) =>
    finished.map((one) => ({
      ...one,
      leaves: one.leaves.map((leaf) => ({ ...leaf, decisions: [17, ...leaf.decisions] })),
    })),
  );
});

import fc from 'fast-check';
import t from 'tap';
import { judgeAtomicity } from '../../harness/contract/breach/atomicity.js';
import { crashChoices } from '../../harness/contract/crash/choices.js';
import { contractCrashPoints } from '../../harness/contract/crash/points.js';
import { CrashTrees } from '../../harness/contract/crash/tree.js';
import { crashUnits, pendingAt } from '../../harness/contract/crash/units.js';
import { shownCrash } from '../../harness/contract/shown-crash.js';
import { type Durability, durability } from '../../harness/model/durability.js';
import type { Effect } from '../../harness/model/effect.js';
import type { History } from '../../harness/model/history.js';
import { modelNames, persistenceModel } from '../../harness/model/model-catalogue.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';
import { wholeVersions } from '../../harness/promise/whole-versions.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { writtenProgram, writtenProgramFiles } from './written-program.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  pwrite,
  rename,
  replayWritten,
  sync,
  write,
  writtenRoot,
} from './written-trace.js';

const runs = Number(process.env.PLUGPULL_RUNS ?? 300);
const everyChoice = { exhaustiveUnits: 12, limit: 1 << 12, seed: 1 };

/** Whether some state of the whole directory, at some crash point, shows `a` in no whole version; null: too many. */
function brokenByEnumeration(history: History, durable: Durability, model: PersistenceModel): boolean | null {
  const { root } = history;
  const isName = (effect: Effect): boolean =>
    effect.kind === 'entry' && effect.inode === root && effect.name === 'a';
  const inodes = new Set([
    ...[root.initialEntries.get('a')].filter((inode) => inode !== undefined),
    ...history.effects.flatMap((effect) =>
      effect.kind === 'entry' && isName(effect) && effect.to ? [effect.to] : [],
    ),
  ]);
  const effects = history.effects.filter(
    (effect) => isName(effect) || (effect.kind !== 'entry' && inodes.has(effect.inode)),
  );
  const versions = wholeVersions(history, { inodes, effects, end: (leadsTo) => leadsTo(root, 'a') });
  const positions = new Set([history.end, ...[...durable.since].filter(Number.isFinite)]);
  let broken = false;
  for (const position of positions) {
    const set = crashUnits(pendingAt(history.effects, durable, position), model);
    const { choices, exhaustive } = crashChoices(set, everyChoice);
    if (!exhaustive) return null;
    const trees = new CrashTrees(history, durable, position, set);
    for (const choice of choices) {
      const node = trees.tree(choice).get('a');
      const whole = node?.content ? versions.contents.has(node.content.digest()) : versions.absent;
      if (!whole) broken = true;
    }
  }
  return broken;
}

for (const name of modelNames) {
  t.test(`${name}: judging one name agrees with enumerating whole directories`, async (t) => {
    const model = persistenceModel(name);
    const found = { broken: 0, kept: 0 };
    fc.assert(
      fc.property(writtenProgram, (calls) => {
        const history = replayWritten(calls, writtenProgramFiles);
        const durable = durability(history, model);
        const expected = brokenByEnumeration(history, durable, model);
        fc.pre(expected !== null);
        found[expected ? 'broken' : 'kept']++;
        const { breaches } = judgeAtomicity({
          history,
          durable,
          model,
          promises: promise.parse({ atomic: ['a'] }),
        });
        return expected === breaches.length > 0;
      }),
      { numRuns: runs },
    );
    t.ok(found.kept > 20, `${found.kept} programs keep it`);
    if (name !== 'ext2-sync') t.ok(found.broken > 20, `${found.broken} programs break it`);
  });
}

t.test('many replacements that nobody synced by name are judged in full', async (t) => {
  const turn = (n: number): string[] => [
    create('tmp'),
    write('tmp', `version ${n}`),
    sync('tmp'),
    close(),
    rename('tmp', 'config'),
  ];
  const calls = Array.from({ length: 40 }, (_, n) => turn(n)).flat();
  const options = { files: { config: 'old' }, promises: { atomic: ['config'] } };
  const kept = judgeWritten([...calls, ...directorySynced(), ack()], options);
  t.equal(kept.outcome, 'pass', 'forty undecided renames are more than can be tried one by one');
  const careless = calls.filter((call, index) => index < 100 || call !== sync('tmp'));
  t.equal(judgeWritten(careless, options).outcome, 'violation');
});

t.test(
  'a write in place is torn at what the disk writes as one, and the sentence says at which size',
  async (t) => {
    const judged = (offset: number, length: number, atomicUnitBytes: 512 | 4096) =>
      judgeWritten([create('f', 3, 'O_WRONLY'), pwrite('f', 'n'.repeat(length), offset), sync('f'), ack()], {
        files: { f: 'o'.repeat(16384) },
        promises: { atomic: ['f'] },
        atomicUnitBytes,
      });
    for (const [offset, length, at512, at4096] of [
      [4096 + 1024, 2048, 'violation', 'pass'],
      [4096, 4096, 'violation', 'pass'],
      [4096 + 512, 512, 'pass', 'pass'],
      [4096 + 256, 512, 'violation', 'pass'],
      [4096 - 1, 2, 'violation', 'violation'],
      [0, 8192, 'violation', 'violation'],
    ] as const) {
      t.equal(judged(offset, length, 512).outcome, at512, `${length} bytes at ${offset}, 512 as one`);
      t.equal(judged(offset, length, 4096).outcome, at4096, `${length} bytes at ${offset}, 4096 as one`);
    }
    for (const unit of [512, 4096] as const) {
      t.match(
        judged(0, 8192, unit).findings[0]?.property,
        new RegExp(`keep a part of it without the rest, for a disk writes no more than ${unit} bytes as one`),
      );
    }
  },
);

t.test('a write on an O_SYNC descriptor can be torn while it is made', async (t) => {
  const options = {
    files: { a: '0'.repeat(16384) },
    promises: { atomic: ['a'] },
  };
  for (const flag of ['O_SYNC', 'O_DSYNC']) {
    const writing = (bytes: number): string[] => [
      create('a', 3, `O_WRONLY|${flag}`),
      pwrite('a', '1'.repeat(bytes), 4096),
      ack(),
    ];
    t.match(judgeWritten(writing(8192), options), {
      outcome: 'violation',
      findings: [{ property: /a is changed in place by .*no more than 4096 bytes as one/ }],
    });
    t.equal(
      judgeWritten(writing(4096), options).outcome,
      'pass',
      `${flag}, as much as the disk writes as one`,
    );
    const history = replayWritten(writing(8192), options.files);
    const model = persistenceModel('posix');
    const durable = durability(history, model);
    const points = contractCrashPoints(history, durable);
    t.ok(
      points.some(({ position }) => pendingAt(history.effects, durable, position).length > 0),
      'a checker is shown it, too',
    );
    t.ok(
      points.every(
        ({ position, acks }) => acks === 0 || pendingAt(history.effects, durable, position).length === 0,
      ),
    );
  }
});

t.test('bytes that a file holds already may be torn: nobody can tell', async (t) => {
  const held = 'x'.repeat(16 * 4096);
  const open = create('a', 3, 'O_WRONLY');
  const judge = (...writes: string[]): string =>
    judgeWritten([open, ...writes, sync('a')], { files: { a: held }, promises: { atomic: ['a'] } }).outcome;
  t.equal(judge(pwrite('a', held, 0)), 'pass', 'the same again');
  t.equal(judge(pwrite('a', `${held.slice(1)}y`, 0)), 'pass', 'one block of them differs');
  t.equal(judge(pwrite('a', `y${held.slice(2)}y`, 0)), 'violation', 'two do');
  t.equal(judge(pwrite('a', 'y', 0), pwrite('a', held, 0)), 'violation', 'y was no version of it');
});

t.test('a long write and one far behind the end are judged like short ones', async (t) => {
  const far = 2 ** 33;
  const open = [create('a'), ...directorySynced(), sync('a')];
  const sparse = [...open, `pwrite64(3<${writtenRoot}/a>, "end", 3, ${far}) = 3`, ack()];
  const model = persistenceModel('posix');
  const history = replayWritten(sparse);
  const { units } = crashUnits(pendingAt(history.effects, durability(history, model), history.end), model);
  t.same(
    units.map(({ kind }) => kind),
    ['data', 'size'],
    'no page of a hole is written back, so no size within it is passed',
  );
  const {
    breaches,
    findings,
    history: judged,
  } = judgeWritten(sparse, { promises: { snapshot: true, atomic: ['a'] } });
  t.equal(findings.length, 2, 'not durable when it is acked, and torn: each once');
  for (const breach of breaches.values()) t.equal(shownCrash(judged, breach).after.get('a')?.kind, 'file');
  const long = (...synced: string[]) =>
    judgeWritten(
      [create('t'), write('t', 'x'.repeat(1 << 20)), ...synced, close(), rename('t', 'a'), ack()],
      { promises: { atomic: ['a'] }, atomicUnitBytes: 512 },
    );
  t.equal(long(sync('t')).outcome, 'pass');
  t.match(long(), { outcome: 'violation', findings: [{ property: /needs fsync\(t\) before rename/ }] });
});

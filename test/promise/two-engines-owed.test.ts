/**
 * What a storage owes, of random programs: no state that a sound model allows breaks it, whatever the program promised, and
 * those of a storage that keeps nothing do. Where the calls keep `snapshot` as well, the two promises speak of the same
 * trees.
 */
import fc from 'fast-check';
import t from 'tap';
import { enumerateCrashTrees } from '../../bench/differential/enumeration.js';
import { durability } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';
import { OwedJudge } from '../../harness/promise/owed.js';
import { writtenProgram, writtenProgramFiles } from '../contract/written-program.js';
import { replayWritten } from '../contract/written-trace.js';

const runs = Number(process.env.PLUGPULL_RUNS ?? 60);

/** What is owed and not there in the states behind each call; null when there are too many. */
function owedBreaches(history: History, model: PersistenceModel): Set<string> | null {
  const judge = new OwedJudge(history, 'posix');
  const texts = new Set<string>();
  for (const { exit } of history.steps) {
    const position = exit + 0.25;
    const trees = enumerateCrashTrees(history, model, position);
    if (!trees) return null;
    for (const nodes of trees) {
      const { breach } = judge.judge(
        { nodes, unreadable: new Map() },
        { begun: position, returned: position },
      );
      if (breach) texts.add(breach.text);
    }
  }
  return texts;
}

// Those that allow what the texts forbid are left out: they describe file systems and excuse nothing.
for (const name of ['posix', 'linux-ext4-ordered', 'linux-ext4-writeback', 'xfs', 'ext2-sync']) {
  t.test(`${name} keeps what calls owe`, async () => {
    const model = persistenceModel(name);
    fc.assert(
      fc.property(writtenProgram, (calls) => {
        const texts = owedBreaches(replayWritten(calls, writtenProgramFiles), model);
        fc.pre(texts !== null);
        if (texts!.size > 0) throw new Error([...texts!].join('; '));
      }),
      { numRuns: runs },
    );
  });
}

t.test('a storage that keeps nothing does not, wherever a call made something durable', async (t) => {
  const { sync, ...rest } = persistenceModel('posix');
  const nothing = Object.fromEntries(
    Object.entries(sync).map(([call, coverage]) => [call, { ...coverage, covers: [] }]),
  ) as unknown as PersistenceModel['sync'];
  const lying = { ...rest, sync: nothing };
  const counted = { kept: 0, broken: 0 };
  fc.assert(
    fc.property(writtenProgram, (calls) => {
      const history = replayWritten(calls, writtenProgramFiles);
      const texts = owedBreaches(history, lying);
      fc.pre(texts !== null);
      const { since } = durability(history, persistenceModel('posix'));
      const isNothingDurable = history.effects.every(({ id }) => !Number.isFinite(since[id]!));
      if (isNothingDurable && texts!.size > 0)
        throw new Error(`nothing is owed, and ${[...texts!].join('; ')}`);
      counted[texts!.size > 0 ? 'broken' : 'kept']++;
    }),
    { numRuns: runs },
  );
  t.ok(counted.broken > runs / 6, `${counted.broken} lost what was owed`);
  t.ok(counted.kept > 3, `${counted.kept} were owed nothing that could be lost`);
});

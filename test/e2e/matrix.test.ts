/**
 * The shipped matrix, as a user runs it: the same programs on several file systems, everything as expected, and nothing that
 * recovery shows is forbidden by the file system's model. On ext4 the same programs run in shipped-scenarios.test.ts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadScenario } from '../../harness/scenario/load.js';
import { requires } from '../require.js';
import { allowedByModel } from './against-model.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const others = ['ext2', 'xfs', 'btrfs'];

t.test('the matrix: four file systems', async (t) => {
  if (!requires(t, { ...hostNeed, fs: others, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(['scenarios/matrix', '--fs', others.join()], { timeoutMs: 550_000 });
  t.same(new Set(results.runs.map(({ storage }) => storage)), new Set(others));
  for (const run of results.runs) {
    t.equal(run.met, true, `${run.scenario} on ${run.storage}: ${run.verdict}, ${JSON.stringify(run.notes)}`);
    t.ok(run.coverage.every(({ exhaustive, audit }) => exhaustive && audit.mismatched === 0));
    allowedByModel(t, run);
  }
});

t.test('on ext4 each is a seed or a broken program, with its verdicts', async (t) => {
  for (const name of readdirSync(join(checkout, 'scenarios/matrix'))) {
    const inMatrix = loadScenario(join(checkout, 'scenarios/matrix', name)).scenario;
    const alone = ['seeds', 'broken']
      .map((folder) => join(checkout, 'scenarios', folder, name))
      .filter((file) => existsSync(file))
      .map((file) => loadScenario(file).scenario);
    t.equal(alone.length, 1, name);
    const [ext4, ...rest] = inMatrix.storage;
    t.strictSame(
      rest.map(({ fs }) => fs),
      others,
    );
    const { observed, ...expect } = inMatrix.expect!;
    t.type(observed, 'object');
    t.strictSame(
      {
        ...inMatrix,
        name: alone[0]!.name,
        description: alone[0]!.description,
        storage: [ext4],
        expect: { ...expect, observed: (observed as Record<string, string>).ext4 },
      },
      alone[0],
      name,
    );
  }
});

/** How busy the machine is changes how long a run takes, and nothing that it says. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout } from './plugpull.js';

/** One mistake at the very end of the search, and a checker: a search that gave up sooner under load would pass. */
const scenario = join(checkout, 'test/cases/decided/late-bug.yaml');

async function said(bench: Bench): Promise<unknown> {
  const { results } = await bench.run([scenario], { timeoutMs: 280_000 });
  return results.runs.map(({ verdict, contract, coverage, findings, notes, protocols }) => ({
    ...{ verdict, contract, coverage, notes },
    findings: findings.map(({ id, property, cause, crash_point, lost }) => ({
      id,
      property,
      cause,
      crash_point,
      lost,
    })),
    repairs: protocols?.map(({ repair }) => repair),
  }));
}

t.test('a run alone and one beside four busy processes for each processor say the same', async (t) => {
  if (!requires(t, { commands: ['python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const alone = await said(bench);
  const busy = Array.from({ length: 4 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    t.strictSame(await said(bench), alone);
  } finally {
    for (const child of busy) child.kill('SIGKILL');
  }
  t.match(alone, [{ contract: 'violation', coverage: [{ exhaustive: true }] }]);
});

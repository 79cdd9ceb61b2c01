/** What looks careless and is right: nobody is accused. What would be wrong instead: `cases-flagged.test.ts`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const folder = join(checkout, 'test/cases/unflagged');

t.test('what nobody promised is no loss', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run(['--no-calibrate', '--granularity', 'write', folder], {
    timeoutMs: 200_000,
  });
  t.equal(results.runs.length, readdirSync(folder).length);
  for (const { scenario, met, contract, observed, findings, notes } of results.runs) {
    t.equal(met, true, `${scenario}: ${contract}, ${observed}: ${notes.join('\n')}`);
    t.strictSame(findings, [], scenario);
    t.notMatch(notes.join('\n'), /needs|fault|could go|repair/, scenario);
  }
  t.equal(ended.exitCode, 0);
  t.strictSame(bench.leftovers(), []);
});

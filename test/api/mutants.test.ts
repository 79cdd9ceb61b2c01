/** mutants(): a module's own test is tested as a scenario's is, and a checker that accepts everything is told so. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { mutants } from '../../harness/api/index.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('the mistakes that a module’s checker notices, and one that notices none', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
  const out = join(bench.folder, 'out');
  const save = pathToFileURL(join(checkout, 'examples/save.crash.mjs'));
  const strict = await mutants(save, { out });
  t.match(strict.score, { killed: 7, too_weak: 0, unknown: 0, percent: 100 });
  t.match(strict.mutants[0], { change: 'fsync(notes.json.tmp) is not made', at: /notes\.mjs:\d+$/ });
  t.ok(existsSync(join(dirname(strict.run), 'mutants.html')));

  const lax = join(bench.folder, 'lax.crash.mjs');
  writeFileSync(
    lax,
    `export { default } from ${JSON.stringify(save.href)};\nexport const check = () => {};\n`,
  );
  const accepted = await mutants(pathToFileURL(lax), { out });
  t.match(accepted.score, { killed: 0, too_weak: 7, percent: 0 });
  t.match(accepted.notes, [/noticed none of them/]);
  t.same(bench.leftovers(), []);
});

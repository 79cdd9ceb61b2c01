import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseScenario } from '../../harness/scenario/load.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
const folder = join(bench.folder, 'first');

t.test('writes a scenario and its program, once', async (t) => {
  const { exitCode, stdout } = await bench.plugpull(['init', 'first'], { cwd: bench.folder });
  t.equal(exitCode, 0);
  t.match(stdout, /next: plugpull run first\/plugpull\.yaml$/);
  t.same(readdirSync(folder), ['plugpull.yaml', 'save_notes.py']);
  const path = join(folder, 'plugpull.yaml');
  t.match(parseScenario(readFileSync(path, 'utf8'), path).scenario, { name: 'save-notes' });

  writeFileSync(path, 'mine');
  const again = await bench.plugpull(['init'], { cwd: folder });
  t.equal(again.exitCode, 64);
  t.match(again.stderr, /plugpull\.yaml is there already and is not overwritten/);
  t.equal(readFileSync(path, 'utf8'), 'mine');
  const below = await bench.plugpull(['init', join(path, 'no')]);
  t.equal(below.exitCode, 64);
  t.match(below.stderr, /init: cannot write to/);
});

t.test('the next command passes, and fails without the fsync', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const here = join(bench.folder, 'second');
  await bench.plugpull(['init', here]);
  const { ended, results } = await bench.run([join(here, 'plugpull.yaml')]);
  t.equal(ended.exitCode, 0);
  t.match(results.runs[0], { verdict: 'pass', met: true, coverage: [{ exhaustive: true }] });
  const program = join(here, 'save_notes.py');
  writeFileSync(program, readFileSync(program, 'utf8').replace(/^.*os\.fsync\(file\.fileno.*\n/m, ''));
  const broken = await bench.run([join(here, 'plugpull.yaml')]);
  t.equal(broken.ended.exitCode, 1);
  t.equal(broken.results.verdict, 'violation');
});

/** Measuring properties goes on where it was killed: what is answered is not asked again, and the end is the same. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { PropertiesDocument } from '../../harness/probe/properties/properties-document.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

const args = ['--fs', 'ext4', '--property', 'sector-overwrite'];

t.test('goes on behind the last whole answer', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const out = join(bench.folder, 'out');
  const first = await bench.plugpull(['properties', ...args, '--json', '--lanes', '1', '--out', out]);
  t.equal(first.exitCode, 0, first.stderr);
  const folder = join(out, 'latest');
  const file = join(folder, 'answers-1.ndjson');
  const lines = readFileSync(file, 'utf8').split('\n');
  // As a kill leaves it: some answers, and half of one. That the first is taken as it stands shows in the sum.
  const kept = JSON.parse(lines[0]!) as { answer: { recoveries: number } };
  kept.answer.recoveries += 1_000_000;
  writeFileSync(file, `${JSON.stringify(kept)}\n${lines[1]}\n${lines[2]!.slice(0, 20)}`);
  const again = await bench.plugpull(['properties', '--resume', folder, '--json', '--lanes', '1']);
  t.equal(again.exitCode, 0, again.stderr);
  t.equal(readFileSync(file, 'utf8').split('\n').length, lines.length, 'each is answered once');
  const [before, after] = [first, again].map(({ stdout }) => answersOf(stdout));
  t.same(after!.outcomes, before!.outcomes);
  t.ok(before!.recoveries < 1_000_000 && after!.recoveries > 1_000_000, 'what was kept counts');

  const invocation = join(folder, 'properties-invocation.json');
  writeFileSync(invocation, readFileSync(invocation, 'utf8').replace(/"kernel":"[^"]*"/, '"kernel":"5.4"'));
  const other = await bench.plugpull(['properties', '--resume', folder]);
  t.equal(other.exitCode, 64);
  t.match(other.stderr, /--resume: the answers in .* say nothing of what is here: kernel "5\.4" and/);
});

t.test('a folder that is none is refused', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stderr } = await bench.plugpull(['properties', '--resume', bench.folder]);
  t.equal(exitCode, 64);
  t.match(stderr, /--resume: expected the results folder of plugpull properties/);
});

function answersOf(stdout: string): { outcomes: string[]; recoveries: number } {
  const [storage] = (JSON.parse(stdout) as PropertiesDocument).storages;
  return {
    outcomes: storage!.properties.map(({ name, outcome, recordings }) => `${name} ${outcome} ${recordings}`),
    recoveries: storage!.properties.reduce((sum, { recoveries }) => sum + recoveries, 0),
  };
}

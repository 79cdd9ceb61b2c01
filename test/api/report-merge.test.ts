/** `report` and `merge` as functions and commands, over stored results; and what importing plugpull costs. */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { merge, report, UsageError } from '../../harness/api/index.js';
import { openStoredResults, sceneOf } from '../../harness/verdict/stored-results.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { storedFolder } from '../reports/stored.js';

/** A results folder with one of the stored runs, scenes and all. */
function laid(folder: string, name: string, run: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(join(storedFolder, `${name}.results.json`), join(folder, 'results.json'));
  cpSync(join(storedFolder, run), join(folder, run), { recursive: true });
  return folder;
}

t.test('report: files where they are asked for, text for what has none', async (t) => {
  const folder = laid(join(t.testdir(), 'one'), 'notes', 'notes--ext4-nobarrier');
  const junit = join(folder, 'ci/junit.xml');
  const made = await report(folder, ['tap', `junit=${junit}`, 'markdown=-'], { repository: folder });
  t.same(made.files, [join(folder, 'report.tap'), junit]);
  t.match(readFileSync(junit, 'utf8'), /<testsuites/);
  t.match(made.text, /notes/);
  t.same((await report(folder)).files, [join(folder, 'report.html')]);
  await t.rejects(report(folder, 'pdf'), UsageError);
  await t.rejects(report(join(folder, 'none')), UsageError);
});

t.test('merge: every run once, the worst verdict, scenes found where they lie now', async (t) => {
  const at = t.testdir();
  const one = laid(join(at, 'one'), 'notes', 'notes--ext4-nobarrier');
  const two = laid(join(at, 'two'), 'rename', 'rename-without-fsync--contract');
  const merged = await merge([one, two], { out: join(at, 'out') });
  t.same(
    merged.runs.map(({ scenario }) => scenario),
    ['notes', 'rename-without-fsync'],
  );
  t.equal(merged.verdict, 'violation');
  t.equal(merged.met, null, 'one of them has no expectation');
  const stored = openStoredResults(merged.resultsFolder);
  t.same(stored.results.runs, merged.runs);
  for (const run of stored.results.runs) t.ok(sceneOf(stored, run, run.findings[0]!.id), run.scenario);
  await t.rejects(merge([one, one], { out: join(at, 'out') }), /expected each run once/);
  await t.rejects(merge([], { out: join(at, 'out') }), UsageError);
  t.equal((await merge([two], { out: join(at, 'out') })).met, true);
});

t.test('the command ends with the exit code of what it joined', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const one = laid(join(bench.folder, 'one'), 'notes', 'notes--ext4-nobarrier');
  const two = laid(join(bench.folder, 'two'), 'rename', 'rename-without-fsync--contract');
  const out = join(bench.folder, 'out');
  const both = await bench.plugpull(['merge', one, two, '--out', out]);
  t.match(both, { exitCode: 1, stdout: /notes.*rename-without-fsync.*2 runs: 2 violation.*results: /s });
  t.ok(existsSync(join(out, 'latest/results.json')));
  t.match(await bench.plugpull(['merge', two, '--out', out]), { exitCode: 0 });
  t.match(await bench.plugpull(['merge', join(bench.folder, 'none')]), { exitCode: 64 });
});

t.test('importing plugpull loads a few small files of its own, and no package', async (t) => {
  const loaded = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export) [^;'"]*?from ['"]([^'"]+)['"];$/gm)) {
      if (from!.startsWith('.')) follow(join(dirname(file), from!));
      else if (!from!.startsWith('node:')) packages.add(from!);
    }
  };
  const { exports } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  for (const entry of ['.', './node-test']) follow(join(checkout, exports[entry].default));
  t.same([...packages], []);
  // Time is a matter of how many files there are to load.
  t.ok(loaded.size >= 5 && loaded.size <= 16, [...loaded].join('\n'));
});

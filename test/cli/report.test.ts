import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { storedFolder } from '../reports/stored.js';

const bench = new Bench();
t.teardown(() => bench.close());
const results = join(bench.folder, 'results.json');
cpSync(join(storedFolder, 'mixed.results.json'), results);

t.test('several formats at once, beside the results and elsewhere; the paths are printed', async (t) => {
  const junit = join(bench.folder, 'ci/junit.xml');
  const { exitCode, stdout } = await bench.plugpull([
    'report',
    bench.folder,
    '--format',
    `tap,junit=${junit}`,
  ]);
  t.equal(exitCode, 0);
  t.equal(stdout, `${join(bench.folder, 'report.tap')}\n${junit}`);
  t.match(readFileSync(junit, 'utf8'), /<testsuites/);
});

t.test('an option takes one word: what follows it is what is reported', async (t) => {
  const tap = join(bench.folder, 'one.tap');
  const ended = await bench.plugpull(['report', '--format', 'junit', '--format', `tap=${tap}`, bench.folder]);
  t.equal(ended.exitCode, 0, ended.stderr);
  t.equal(ended.stdout, `${join(bench.folder, 'report.junit.xml')}\n${tap}`);
});

t.test('one on standard output: nothing else is there', async (t) => {
  const { stdout, stderr } = await bench.plugpull(['report', results, '--format', 'sarif=-,ctrf']);
  t.equal(JSON.parse(stdout).version, '2.1.0');
  t.match(stderr, /report\.ctrf\.json/);
  t.ok(existsSync(join(bench.folder, 'report.ctrf.json')));
});

t.test('what cannot be done is refused: bad formats, newer results', async (t) => {
  const unknown = await bench.plugpull(['report', results, '--format', 'pdf']);
  t.match(unknown, {
    exitCode: 64,
    stderr: /--format: expected FORMAT or FORMAT=FILE, with FORMAT one of .*got "pdf"/,
  });
  const two = await bench.plugpull(['report', results, '--format', 'tap=-,junit=-']);
  t.match(two, { exitCode: 64, stderr: /only one format can go to standard output/ });
  const nothing = await bench.plugpull(['report', join(bench.folder, 'none')]);
  t.match(nothing, { exitCode: 64, stderr: /expected a results folder/ });
});

t.test('old results of mutants and of properties: their page again, and what else they have', async (t) => {
  for (const command of ['mutants', 'properties']) {
    const folder = join(bench.folder, command);
    mkdirSync(folder);
    cpSync(join(storedFolder, `${command}.json`), join(folder, `${command}.json`));
    const ended = await bench.plugpull(['report', folder, '--format', 'html,markdown,json']);
    const made = [`${command}.html`, `${command}.md`, 'report.json'].map((name) => join(folder, name));
    t.equal(ended.stdout, made.join('\n'), ended.stderr);
    t.match(readFileSync(made[0]!, 'utf8'), /^<!doctype html>/);
  }
  const file = join(bench.folder, 'mutants/mutants.json');
  t.match(await bench.plugpull(['report', file, '--format', 'html,junit']), {
    exitCode: 64,
    stderr: /--format: expected html, markdown, json, the formats of what mutants left, got junit/,
  });
});

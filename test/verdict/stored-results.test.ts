import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { UsageError } from '../../harness/verdict/errors.js';
import { resultsDocument } from '../../harness/verdict/results-document.js';
import { openStoredResults } from '../../harness/verdict/stored-results.js';
import { storedFolder } from '../reports/stored.js';

const current = JSON.parse(readFileSync(join(storedFolder, 'mixed.results.json'), 'utf8'));

function refusal(path: string): string {
  try {
    openStoredResults(path);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'read';
}

t.test('a newer version is refused with a sentence that says what to do', async (t) => {
  const file = join(
    t.testdir({ 'r.json': JSON.stringify({ ...current, schema: 'plugpull.results/99' }) }),
    'r.json',
  );
  t.match(
    refusal(file),
    /r\.json: key schema: plugpull\.results\/99 was written by a newer plugpull.*update/,
  );
});

t.test('an older version is read, and says what it did not write down', async (t) => {
  const { results } = openStoredResults(join(storedFolder, 'version-1.results.json'));
  t.equal(results.schema, current.schema);
  const [whole, partly] = results.runs;
  t.match(whole!.coverage[0], { scope: /older version/, systematic: true, unseen: [] });
  t.match(partly!.coverage[0], { exhaustive: false, systematic: false, unseen: [/older version/] });
});

t.test('an older version with coverage that is none is refused', async (t) => {
  const older = JSON.parse(readFileSync(join(storedFolder, 'version-1.results.json'), 'utf8'));
  older.runs[0].coverage = [null];
  t.match(
    refusal(join(t.testdir({ 'r.json': JSON.stringify(older) }), 'r.json')),
    /r\.json: runs\.0\.coverage\.0: expected a map of keys, got null$/,
  );
});

t.test('what is no result is refused, naming file and key', async (t) => {
  const folder = t.testdir({
    'other.json': '{"schema": "something/1"}',
    'torn.json': '{"schema": "plugpull.resu',
    'list.json': '[]',
    'wrong.json': JSON.stringify({ ...current, runs: [{ ...current.runs[0], verdict: 'maybe' }] }),
    empty: {},
  });
  t.match(
    refusal(join(folder, 'other.json')),
    /key schema: expected plugpull\.results\/N.*found "something\/1"/,
  );
  t.match(refusal(join(folder, 'torn.json')), /torn\.json/);
  t.match(refusal(join(folder, 'list.json')), /expected results of plugpull, found \[\]/);
  t.match(
    refusal(join(folder, 'wrong.json')),
    /wrong\.json: runs\.0\.verdict: expected one of pass, violation, unknown, got "maybe"$/,
  );
  t.match(refusal(join(folder, 'empty')), /expected a results folder/);
  t.match(refusal(join(folder, 'nothing')), /found nothing/);
});

t.test('keys of a later writer of the same version are kept', async (t) => {
  const later = { ...current, runs: [{ ...current.runs[0], flavour: 'new' }] };
  const file = join(t.testdir({ 'r.json': JSON.stringify(later) }), 'r.json');
  t.match(openStoredResults(file).results.runs[0], { flavour: 'new' });
});

t.test('the folder of one run is read, with the machine its session names', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'one'));
  cpSync(join(storedFolder, 'mixed.results.json'), join(folder, 'results.json'));
  writeFileSync(
    join(folder, 'one/result.json'),
    JSON.stringify({ schema: 'plugpull.run/2', ...current.runs[0] }),
  );
  const { results } = openStoredResults(join(folder, 'one'));
  t.equal(results.runs.length, 1);
  t.equal(results.environment.kernel, '6.1.0');
  t.notOk('schema' in results.runs[0]!);
});

t.test('the schema can be published', async (t) => {
  const json = z.toJSONSchema(resultsDocument) as { required: string[] };
  t.ok(
    ['schema', 'tool', 'environment', 'verdict', 'met', 'runs'].every((key) => json.required.includes(key)),
  );
});

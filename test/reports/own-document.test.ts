/** Stored results of mutants and properties, made again: golden files, versions, damage, and the published schemas. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { mutantsPage } from '../../reports/mutants-page.js';
import { formOf, openOwnDocument } from '../../reports/own-document.js';
import { requestedReports } from '../../reports/requested.js';
import { writeReports } from '../../reports/write-reports.js';
import { checkout } from '../e2e/plugpull.js';
import { storedFolder } from './stored.js';

for (const command of ['mutants', 'properties']) {
  const path = join(storedFolder, `${command}.json`);
  const stored = JSON.parse(readFileSync(path, 'utf8'));

  t.test(`markdown and page of ${command} are what they were`, async (t) => {
    const document = openOwnDocument(path)!;
    for (const format of ['markdown', 'html']) {
      // The page without its dress, which changes with every report's.
      const text = formOf(document, format).replaceAll(/(?<=<head>).*(?=<\/head>)/gs, '');
      const golden = join(checkout, 'test/reports/golden', `${command}.${format}`);
      if (process.env.PLUGPULL_GOLDEN === 'write') writeFileSync(golden, text);
      t.ok(existsSync(golden), `${golden} is there`);
      t.equal(text, readFileSync(golden, 'utf8'));
      for (const hostile of ['<script', '\u001b']) t.notOk(text.includes(hostile), JSON.stringify(hostile));
    }
    t.same(JSON.parse(formOf(document, 'json')), stored, 'keys that are not known stay');
  });

  t.test(`a newer ${command} is refused with a sentence, a damaged one by its key`, async (t) => {
    const written = (name: string, value: unknown): string => {
      const folder = t.testdir({ [name]: { [`${command}.json`]: JSON.stringify(value) } });
      return join(folder, name);
    };
    t.throws(() => openOwnDocument(written('newer', { ...stored, schema: `plugpull.${command}/2` })), {
      message: new RegExp(`plugpull.${command}/2 was written by a newer plugpull.*update plugpull`),
    });
    const { tool, ...without } = stored;
    t.throws(() => openOwnDocument(written('damaged', without)), { message: /tool/ });
    t.equal(openOwnDocument(written('nothing', stored).replace('nothing', 'elsewhere')), null);
  });

  t.test(`the schema of ${command} in the package accepts what is stored, and nothing else`, async (t) => {
    const schema = JSON.parse(readFileSync(join(checkout, `dist/reports/${command}.schema.json`), 'utf8'));
    const accepts = new Ajv2020({ strict: false }).compile(schema);
    t.ok(accepts(stored), JSON.stringify(accepts.errors));
    t.notOk(accepts({ ...stored, tool: null }));
  });
}

t.test('properties of two storages are rows of one table', async (t) => {
  const stored = JSON.parse(readFileSync(join(storedFolder, 'properties.json'), 'utf8'));
  stored.storages[1].properties.pop();
  const folder = t.testdir({ 'properties.json': JSON.stringify(stored) });
  t.throws(() => openOwnDocument(folder), { message: /storages.*the same properties/ });
});

t.test('it is made where it was, and its document stays', async (t) => {
  const text = readFileSync(join(storedFolder, 'mutants.json'), 'utf8');
  const folder = t.testdir({ 'mutants.json': text });
  const document = openOwnDocument(folder)!;
  const files = writeReports(
    requestedReports('--format', ['html,json']),
    document,
    { repository: '/' },
    () => {},
  );
  t.same(files, [join(folder, 'mutants.html'), join(folder, 'report.json')]);
  t.equal(readFileSync(files[0]!, 'utf8'), mutantsPage(JSON.parse(text)), 'as the command made it');
  t.equal(readFileSync(join(folder, 'mutants.json'), 'utf8'), text);
});

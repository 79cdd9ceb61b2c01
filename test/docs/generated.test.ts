import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generatedDocs } from '../../bench/docs/generated-docs.js';
import { checkout } from '../e2e/plugpull.js';

for (const { path, text } of generatedDocs(checkout)) {
  t.test(`${path} is up to date`, async (t) => {
    t.equal(readFileSync(join(checkout, path), 'utf8'), text, 'npm run docs:scenario makes it');
  });
}

t.test('every key of a scenario is described', async (t) => {
  const page = readFileSync(join(checkout, 'docs/scenario.md'), 'utf8');
  const bare = page.split('\n').filter((line) => line.startsWith('| `') && / \| {2}\|$/.test(line));
  t.strictSame(bare, []);
});

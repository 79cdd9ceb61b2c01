/**
 * Makes docs/scenario.md, docs/scenario.schema.json and docs/exit-codes.md from the schema and the codes, with the
 * comments that stand there: `npm run docs:scenario`. A test holds that they are up to date.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs } from './docs/generated-docs.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..');
for (const { path, text } of generatedDocs(checkout)) writeFileSync(join(checkout, path), text);

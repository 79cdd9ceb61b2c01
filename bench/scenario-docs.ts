/**
 * Makes docs/scenario.md, docs/scenario.schema.json, docs/exit-codes.md and docs/api.md from the schema, the codes and
 * the functions, with the comments that stand there: `npm run docs:scenario`. A test holds that they are up to date.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs } from './docs/generated-docs.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..');
for (const { path, text } of generatedDocs(checkout)) writeFileSync(join(checkout, path), text);

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';

const require = createRequire(import.meta.url);
// Microsoft's matcher for Jest ships the schema of OASIS; its code is not used.
const home = dirname(require.resolve('@microsoft/jest-sarif/package.json'));
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(readFileSync(join(home, 'lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'));

const validate = new Ajv({
  strict: false,
  validateSchema: false,
  validateFormats: false,
  unicodeRegExp: false,
  allErrors: true,
}).compile(schema);

/** What is wrong with a SARIF document by the official schema; empty when nothing is. */
export function isSarif(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

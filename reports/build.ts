/**
 * What of the reports has to be made once, when plugpull is built, and lies in the package: the schema of the results
 * document. Called by scripts/bootstrap.
 */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { resultsSchema } from '../harness/verdict/results.js';
import { resultsDocument } from '../harness/verdict/results-document.js';

const schema = {
  $id: `urn:plugpull:schema:${resultsSchema}`,
  title: `${resultsSchema}: what plugpull run --json prints`,
  ...z.toJSONSchema(resultsDocument),
};
writeFileSync(new URL('results.schema.json', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);

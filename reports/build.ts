/**
 * What of the reports has to be made once, when plugpull is built, and lies in the package: the schema of the results
 * document, and the HTML report's page, bundled from reports/html/page. Called by scripts/bootstrap.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import { resultsSchema } from '../harness/verdict/results.js';
import { resultsDocument } from '../harness/verdict/results-document.js';

const schema = {
  $id: `urn:plugpull:schema:${resultsSchema}`,
  title: `${resultsSchema}: what plugpull run --json prints`,
  ...z.toJSONSchema(resultsDocument),
};
writeFileSync(new URL('results.schema.json', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);

await build({
  entryPoints: ['main.tsx', 'page.css'].map((name) =>
    fileURLToPath(new URL(`../../reports/html/page/${name}`, import.meta.url)),
  ),
  entryNames: 'page',
  outdir: fileURLToPath(new URL('html', import.meta.url)),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome115', 'firefox115', 'safari17'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // Its script stands in an HTML file: nothing in it may end the element.
  supported: { 'inline-script': false },
  charset: 'ascii',
  logLevel: 'warning',
});

/**
 * What of the reports has to be made once, when plugpull is built, and lies in the package: the schemas of the documents
 * that commands print, and the HTML report's page, bundled from reports/html/page. Called by scripts/bootstrap.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import { mutantsSchema } from '../harness/mutants/mutants-result.js';
import { mutantsDocument } from '../harness/mutants/stored-mutants.js';
import { propertiesSchema } from '../harness/probe/properties/properties-document.js';
import { propertiesDocumentSchema } from '../harness/probe/properties/stored-properties.js';
import { resultsSchema } from '../harness/verdict/results.js';
import { resultsDocument } from '../harness/verdict/results-document.js';

for (const [command, fileName, schema, document] of [
  ['run', 'results', resultsSchema, resultsDocument],
  ['mutants', 'mutants', mutantsSchema, mutantsDocument],
  ['properties', 'properties', propertiesSchema, propertiesDocumentSchema],
] as const) {
  const text = {
    $id: `urn:plugpull:schema:${schema}`,
    title: `${schema}: what plugpull ${command} --json prints`,
    ...z.toJSONSchema(document),
  };
  writeFileSync(new URL(`${fileName}.schema.json`, import.meta.url), `${JSON.stringify(text, null, 2)}\n`);
}

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

/**
 * `npm run docs:probe [-- RESULTS]`: makes the table of storages in docs/probe.md, by a probe of probes/matrix.yaml (hours
 * on two processors), or of the results folder of one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { openStoredProbe } from '../harness/probe/stored-probe.js';
import { shortCount } from '../harness/verdict/short-count.js';
import { checkoutFolder, plugpullPath } from './checkout.js';
import { withTableRows } from './docs/page-table.js';

const results = process.argv[2] ?? (await probed());
const stored = openStoredProbe(results);
if (!stored) throw new Error(`expected the results folder of plugpull probe, got ${results}`);
const rows = stored.document.probes.map(
  ({ name, verdict, workloads: { kept, broken, unsupported }, states }) => [
    ...[name, verdict, `${kept}`, `${broken}`, `${unsupported}`],
    shortCount(BigInt(states)),
  ],
);
const page = join(checkoutFolder, 'docs/probe.md');
const head = '| storage | verdict | kept | broken | not supported | crash states |';
// Of a probe of some storages the rows of the others stay.
writeFileSync(page, withTableRows(readFileSync(page, 'utf8'), head, rows, process.argv[2] !== undefined));

/** @returns its results folder */
async function probed(): Promise<string> {
  const out = join(checkoutFolder, 'plugpull-results/probe-table');
  const matrix = join(checkoutFolder, 'probes/matrix.yaml');
  // Its exit code is that of its verdict.
  await execa(plugpullPath, ['probe', matrix, '--out', out], { stdio: 'inherit', reject: false });
  return join(out, 'latest');
}

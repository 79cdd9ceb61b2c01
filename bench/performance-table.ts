/**
 * `npm run docs:performance [-- NAME...]`: measures benchmarks, as `npm run bench` does, and puts them into the first table
 * of docs/performance.md. Rows of those that are not named stay.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { toolVersion } from '../harness/version.js';
import type { BenchResult } from './benchmark.js';
import { checkoutFolder } from './checkout.js';
import { withTableRows } from './docs/page-table.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));
const { stdout } = await execa(process.execPath, [main, '--json', ...process.argv.slice(2)], {
  stderr: 'inherit',
});
const { results } = JSON.parse(stdout) as { results: BenchResult[] };
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const measured = `${new Date().toISOString().slice(0, 10)}, ${toolVersion}`;
const rows = results
  // Those about crash states have a table of their own, of what is in their details.
  .filter(({ details }) => details.states === undefined)
  .map(({ name, value, baseline, unit, ratio, goal }) => [
    ...[`\`${name}\``, number.format(value), number.format(baseline), unit],
    `${number.format(ratio)}${goal !== null && ratio < goal ? ', missed' : ''}`,
    `${goal ?? ''}`,
    measured,
  ]);
const page = join(checkoutFolder, 'docs/performance.md');
const head = '| benchmark | value | baseline | unit | ratio | goal | measured |';
writeFileSync(page, withTableRows(readFileSync(page, 'utf8'), head, rows, true));

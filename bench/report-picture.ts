/**
 * `npm run docs:picture`: makes docs/img/report.png, a finding in the HTML report of a stored run, in Debian's chromium.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findCommand } from '../harness/doctor/find-command.js';
import { openStoredResults } from '../harness/verdict/stored-results.js';
import { htmlReporter } from '../reports/html.js';
import { checkoutFolder } from './checkout.js';

const executablePath = findCommand('chromium');
if (!executablePath) throw new Error('chromium is missing: apt-get install chromium');
const folder = mkdtempSync(join(tmpdir(), 'plugpull-picture-'));
try {
  const stored = openStoredResults(join(checkoutFolder, 'test/reports/stored/notes.results.json'));
  const file = join(folder, 'report.html');
  writeFileSync(file, htmlReporter.render(stored, { repository: '/home/user/project' }));
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1180, height: 990 } });
    await page.goto(`${pathToFileURL(file)}#/f/0/F2`);
    await page.locator('.timeline .mark').first().waitFor();
    await page.screenshot({ path: join(checkoutFolder, 'docs/img/report.png') });
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

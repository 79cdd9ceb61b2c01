/**
 * `npm run docs:picture`: makes docs/img/report.png, a finding in the HTML report of a run that is made for it, in Debian's
 * chromium. Needs what recording on the host does.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { chromium } from 'playwright-core';
import { findCommand } from '../harness/doctor/find-command.js';
import { checkoutFolder, plugpullPath } from './checkout.js';

const executablePath = findCommand('chromium');
if (!executablePath) throw new Error('chromium is missing: apt-get install chromium');
const folder = mkdtempSync(join(tmpdir(), 'notes-'));
const file = join(folder, 'report.html');
try {
  // As a user would: a program of theirs, and no scenario that expects what comes out.
  const program = join(folder, 'save_config.py');
  copyFileSync(join(checkoutFolder, 'workloads/broken/rename_without_fsync.py'), program);
  const promise = [
    '--ack-stdout',
    '^(Atomically replaced .+)$',
    '--promise',
    'snapshot',
    '--promise',
    'atomic:config.json',
  ];
  const reporter = ['--reporter', `html=${file}`, '--out', join(folder, 'plugpull-results')];
  const setup = ['--setup', "echo 'version 0' > config.json"];
  const { stderr } = await execa(
    plugpullPath,
    ['run', '--fs', 'ext4', ...promise, ...setup, ...reporter, '--', 'python3', program],
    { reject: false },
  );
  if (!existsSync(file)) throw new Error(`the run made no report: ${stderr}`);
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1180, height: 1250 } });
    await page.goto(`${pathToFileURL(file)}#/f/0/F1`);
    await page.locator('.timeline .mark').first().waitFor();
    await page.screenshot({ path: join(checkoutFolder, 'docs/img/report.png') });
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

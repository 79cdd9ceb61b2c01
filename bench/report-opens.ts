/**
 * How long Debian's chromium takes from opening the HTML report of 1,000 findings and 100,000 events (5 MB) to its list of
 * findings, each time in a new context, the browser being there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findCommand } from '../harness/doctor/find-command.js';
import { heavyReport } from '../test/reports/heavy-report.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { median } from './median.js';

const goalSeconds = 2;

export const reportOpens: Benchmark = {
  name: 'report_opens',
  about: 'seconds to open the HTML report of 1,000 findings and 100,000 events; baseline: the goal, 2 s',
  goal: 1,
  better: 'less',
  measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const executablePath = findCommand('chromium');
  if (!executablePath) throw new Error('chromium is missing: apt-get install chromium');
  const folder = lab.path('report');
  mkdirSync(folder);
  const html = heavyReport(folder);
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const seconds: number[] = [];
    const rendering: number[] = [];
    const session = await browser.newBrowserCDPSession();
    for (let i = 0; i < repeats(7, context); i++) {
      signal.throwIfAborted();
      say(`opening, ${i + 1}`);
      const browsing = await browser.newContext();
      const page = await browsing.newPage();
      const started = performance.now();
      await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' });
      // By an element that only the page makes: looking for a text would have the browser read all of them.
      await page.locator('#app [role=status]').waitFor({ timeout: 60_000 });
      seconds.push((performance.now() - started) / 1000);
      // Renderers start with their contexts: what this one has taken so far is what opening took.
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer');
      rendering.push(Math.max(...renderers.map(({ cpuTime }) => cpuTime)));
      await browsing.close();
    }
    const megabytes = Number((Buffer.byteLength(html) / 1e6).toFixed(2));
    const renderer_processor_s = Number(median(rendering).toFixed(2));
    const details = { megabytes, renderer_processor_s };
    return { value: median(seconds), baseline: goalSeconds, unit: 's', details };
  } finally {
    await browser.close();
  }
}

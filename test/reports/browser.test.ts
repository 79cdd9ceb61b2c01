/**
 * The HTML report as a person uses it, in Debian's chromium. Screenshots stay in test-artifacts/reports, to be looked
 * at: a test sees what is there, not whether it is well laid out.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { findCommand } from '../../harness/doctor/find-command.js';
import { openStoredResults } from '../../harness/verdict/stored-results.js';
import { htmlReporter } from '../../reports/html.js';
import { checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { heavyReport } from './heavy-report.js';
import { mixedResults, probeResults, repository, storedFolder } from './stored.js';

const artifacts = join(checkout, 'test-artifacts/reports');
const need = { commands: ['chromium'] };

// Against a hang, not against a busy machine.
t.setTimeout(570_000);

let browser: Browser | undefined;
t.teardown(() => browser?.close());

/** A report in a page; whatever the page complains of fails the test. */
async function opened(
  t: Test,
  options: {
    html: string;
    hash?: string;
    width?: number;
    height?: number;
    dark?: boolean;
    scripts?: boolean;
  },
): Promise<{ page: Page; complaints: string[] }> {
  const { html, hash = '', width = 1280, height = 900, dark = false, scripts = true } = options;
  browser ??= await chromium.launch({
    executablePath: findCommand('chromium')!,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const file = join(t.testdir(), 'report.html');
  writeFileSync(file, html);
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: scripts,
  });
  t.teardown(() => context.close());
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${pathToFileURL(file)}${hash}`);
  return { page, complaints };
}

async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}

const notes = (): string =>
  htmlReporter.render(openStoredResults(join(storedFolder, 'notes.results.json')), { repository });
/** Scenarios and storages whose names are a command line, and a word that does not end. */
function wordy(): string {
  const stored = mixedResults();
  const long = `python3 -m store --database=/var/lib/${'deep/'.repeat(20)} ${'x'.repeat(200)}`;
  for (const run of stored.results.runs) {
    run.scenario = long;
    run.storage = `ext4, -O ${'feature,'.repeat(20)}`;
    for (const finding of run.findings) finding.reproduce = `plugpull run -- '${long}'`;
  }
  return htmlReporter.render(stored, { repository });
}
const all = mixedResults().results.runs.flatMap(({ findings }) => findings).length;
const mixed = (): string => htmlReporter.render(mixedResults(), { repository });

t.test('open, filter, open a finding, follow a link', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: mixed() });
  const list = page.getByRole('region', { name: 'findings' });
  await list.getByText(`${all} findings`).waitFor();
  await shot(page, 'findings');
  await page.getByLabel('filter findings').fill('config-kept rename');
  await list.getByText(`1 of ${all} findings`).waitFor();
  await page.getByLabel('filter findings').fill('hostile creat');
  await list.getByRole('link').first().click();
  const finding = page.getByRole('article');
  await finding.getByText('everything the program could see').waitFor();
  // The browser tells of where it went when it comes to it.
  await page.waitForURL(/#\/f\/0\/C1$/);
  await finding.getByText('what can be lost').waitFor();
  t.equal(await finding.locator('.source .at-fault').count(), 1, 'the source line');
  t.match(await finding.locator('.source .added').innerText(), /os\.fsync/, 'the patch');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await finding.getByRole('button', { name: 'copy the line to add' }).click();
  await finding.getByRole('button', { name: 'copied' }).waitFor();
  t.match(await page.evaluate('navigator.clipboard.readText()'), /^fd = os\.open.*os\.close\(fd\)$/);
  t.ok(await finding.locator('.protocol .at-fault').count(), 'the calls at fault');
  await shot(page, 'contract-finding');
  await finding.getByRole('link', { name: 'F1', exact: true }).click();
  await page.getByRole('article', { name: 'finding F1' }).waitFor();
  await page.waitForURL(/#\/f\/0\/F1$/);
  t.same(complaints, []);
});

t.test('step the timeline: what survives and what is lost follows the crash point', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: notes(), hash: '#/f/0/F2' });
  const steps = page.locator('.stepper output');
  await steps.getByText('this finding').waitFor();
  t.match(await steps.innerText(), /crash point 3 of 8: right after an ack, after 1 ack/);
  t.equal(await page.locator('.mark.lost').count(), 1);
  t.equal(await page.locator('.mark.survives').count(), 3);
  await shot(page, 'timeline');
  await page.getByRole('button', { name: 'next crash point' }).click();
  await steps.getByText('crash point 4 of 8').waitFor();
  t.equal(await page.locator('.mark.lost').count(), 0, 'elsewhere nothing is decided');
  t.ok((await page.locator('.mark.pending').count()) > 4);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await steps.getByText('crash point 2 of 8').waitFor();
  await page.getByRole('button', { name: 'back to the finding' }).click();
  await steps.getByText('this finding').waitFor();
  await page.locator('.mark.lost').click();
  t.match(await page.locator('.event').innerText(), /write of 4096 bytes at sector \d+.*notes\.txt.*lost/);
  const panes = page.locator('.pane');
  t.match(await panes.nth(0).innerText(), /no such file/);
  t.match(await panes.nth(1).innerText(), /note 0: call the plumber/);
  t.match(await panes.nth(2).innerText(), /\\x00 ×25/);
  await page.getByRole('button', { name: 'hex' }).click();
  t.match(await panes.nth(2).innerText(), /000000\s*00 00 00 00/);
  t.ok((await panes.nth(2).locator('.differs').count()) > 16, 'bytes that differ are marked');
  t.same(complaints, []);
});

t.test('keyboard: next and previous finding, back, filter', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: notes() });
  await page.getByText('5 findings').waitFor();
  const listed = await page.locator('.what').allInnerTexts();
  t.equal(new Set(listed).size, 5, 'findings of one property are told apart by what they lost');
  t.equal(await page.getByLabel('evidence').count(), 0, 'nothing to choose where all are of one verdict');
  for (const [key, url] of [
    ['j', /F1$/],
    ['j', /F2$/],
    ['k', /F1$/],
    ['Escape', /findings$/],
  ] as const) {
    await page.keyboard.press(key);
    await page.waitForURL(url);
    t.match(page.url(), url, key);
  }
  await page.keyboard.press('/');
  t.equal(await page.evaluate('document.activeElement.id'), 'search');
  t.same(complaints, []);
});

t.test('all scenarios: sorted and filtered', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: mixed(), hash: '#/scenarios' });
  const table = page.getByRole('region', { name: 'scenarios' });
  const first = (): Promise<string> => table.locator('tbody tr').first().innerText();
  await table.getByRole('button', { name: 'scenario' }).click();
  t.match(await first(), /all-well/);
  await table.getByRole('button', { name: 'scenario' }).click();
  t.match(await first(), /masked-here/);
  await table.getByLabel('verdict').selectOption('unknown');
  t.equal(await table.locator('tbody tr').count(), 1);
  await table.getByLabel('verdict').selectOption('all');
  t.match(await table.innerText(), /writes torn inside a sector/, 'what was not looked at');
  await shot(page, 'scenarios');
  t.same(complaints, []);
});

t.test('dark as the system says, and by the button', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: notes(), hash: '#/f/0/F5', dark: true });
  const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.getByRole('article').waitFor();
  t.equal(await ground(), 'rgb(20, 23, 27)');
  await shot(page, 'dark');
  await page.getByRole('button', { name: 'light', exact: true }).click();
  // The page paints when it gets to it.
  for (let tries = 0; tries < 4000 && (await ground()) !== 'rgb(251, 251, 250)'; tries++) await delay(50);
  t.equal(await ground(), 'rgb(251, 251, 250)');
  t.same(complaints, []);
});

t.test('as wide as a phone: nothing sticks out', async (t) => {
  if (!requires(t, need)) return;
  for (const [hash, name, html] of [
    ['', 'phone-findings', mixed()],
    ['#/f/0/F1', 'phone-finding', mixed()],
    ['#/f/0/C1', 'phone-contract-finding', mixed()],
    ['#/scenarios', 'phone-scenarios', mixed()],
    ['#/f/0/F1', 'phone-long-names', wordy()],
    ['#/scenarios', 'phone-long-scenarios', wordy()],
  ] as const) {
    const { page, complaints } = await opened(t as Test, { html, hash, width: 390, height: 844 });
    await page.locator('main').first().waitFor();
    await page.waitForTimeout(200);
    t.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390, `${name} fits`);
    const cut =
      "[...document.querySelectorAll('.scenarios .scroll, .facts')].filter((one) => one.scrollWidth > one.clientWidth).length";
    t.equal(await page.evaluate(cut), 0, `${name}: nothing to be scrolled to`);
    await shot(page, name);
    t.same(complaints, []);
  }
});

t.test('nothing found: no box to filter with, and why it cannot be told is open', async (t) => {
  if (!requires(t, need)) return;
  const stored = mixedResults();
  const runs = stored.results.runs
    .filter(({ verdict }) => verdict === 'unknown')
    .map((run) => ({ ...run, notes: ['unknown: the ack pattern matched nothing'] }));
  const html = htmlReporter.render({ ...stored, results: { ...stored.results, runs } }, { repository });
  const { page, complaints } = await opened(t as Test, { html });
  await page.getByText('No findings.').waitFor();
  t.equal(await page.getByLabel('filter findings').count(), 0);
  t.ok(await page.getByText('the ack pattern matched nothing').isVisible());
  await page.keyboard.press('/');
  await shot(page, 'unknown-only');
  t.same(complaints, []);
});

t.test('without JavaScript the summary is there', async (t) => {
  if (!requires(t, need)) return;
  const { page } = await opened(t as Test, { html: mixed(), scripts: false });
  t.ok(await page.getByRole('heading', { name: 'Findings' }).isVisible());
  t.match(await page.locator('article').first().innerText(), /<script>alert\(1\)/);
  await shot(page, 'without-javascript');
});

t.test('printed: without what only a screen can do', async (t) => {
  if (!requires(t, need)) return;
  const { page } = await opened(t as Test, { html: notes(), hash: '#/f/0/F2' });
  await page.getByRole('article').waitFor();
  await page.emulateMedia({ media: 'print' });
  t.notOk(await page.getByRole('button', { name: 'next crash point' }).isVisible());
  t.ok(await page.locator('.chart').isVisible());
  await shot(page, 'print');
  // A page of paper is as narrow as a tablet: tables stay tables all the same, and nothing is cut off at its edge.
  for (const [name, html, hash] of [
    ['print-scenarios', wordy(), '#/scenarios'],
    ['print-probe', htmlReporter.render(probeResults(), { repository }), ''],
  ] as const) {
    const paper = (await opened(t as Test, { html, hash, width: 760 })).page;
    await paper.emulateMedia({ media: 'print' });
    await paper.locator('th').first().waitFor();
    t.ok(await paper.locator('tbody td').first().isVisible(), name);
    t.ok(Number(await paper.evaluate('document.documentElement.scrollWidth')) <= 760, `${name} fits`);
    await shot(paper, name);
  }
});

t.test('five megabytes of a thousand findings open without work for those that nobody opened', async (t) => {
  if (!requires(t, need)) return;
  const { page, complaints } = await opened(t as Test, { html: heavyReport(t.testdir()) });
  await page.getByText('1000 findings').waitFor();
  // By counting what is made: a test that looks at the clock measures the machine.
  const nodes = Number(await page.evaluate('document.querySelectorAll("#app *").length'));
  t.ok(nodes < 12 * 1000 + 2000, `${nodes} elements: a few for each finding, none for what belongs to it`);
  t.equal(await page.locator('svg').count(), 0);
  const painted = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
  t.comment(
    `first paint ${Math.round(Number(painted))} ms, done ${Math.round(Number(await page.evaluate('performance.now()')))} ms`,
  );
  await page.goto(`${page.url()}#/f/99/F10`);
  await page.locator('.mark').first().waitFor();
  t.equal(await page.locator('.timeline .mark').count(), 100, 'and its own chunk when one is opened');
  t.same(complaints, []);
});

t.test('a contract finding is stepped through by its calls, and shows what the model allows', async (t) => {
  if (!requires(t, need)) return;
  const html = htmlReporter.render(openStoredResults(join(storedFolder, 'rename.results.json')), {
    repository,
  });
  const { page, complaints } = await opened(t as Test, { html, hash: '#/f/0/C1' });
  const steps = page.locator('.stepper output');
  await steps.getByText('this finding').waitFor();
  t.match(await steps.innerText(), /crash point 1 of \d+: just before a sync call returns, after 0 acks/);
  t.equal(await page.locator('.mark.torn').count(), 1);
  await shot(page, 'contract-timeline');
  await page.keyboard.press('ArrowRight');
  t.match(await steps.innerText(), /crash point 2 of \d+: just before an ack/);
  t.equal(await page.locator('.mark.torn').count(), 0);
  t.equal(await page.locator('.mark.pending').count(), 1, 'the write that nothing made durable');
  await page.locator('.mark.pending').click();
  t.match(await page.locator('.event').innerText(), /write\(config\.json\.tmp, 0, \d+\).*pending/);
  const panes = page.locator('.pane');
  t.match(await panes.nth(1).innerText(), /version 0/);
  t.match(await panes.nth(2).innerText(), /empty/);
  await page.getByRole('button', { name: 'hex' }).click();
  t.match(await panes.nth(1).innerText(), /000000\s*76 65 72/);
  t.same(complaints, []);
});

t.test('rounds of real power loss: a square each, red where a promise was broken', async (t) => {
  if (!requires(t, need)) return;
  const stored = openStoredResults(join(storedFolder, 'live.results.json'));
  const [run] = stored.results.runs;
  const [finding] = run!.findings;
  const live = run!.coverage.find(({ engine }) => engine === 'live')!;
  live.recoveries = 300;
  run!.findings = [3, 40, 250].map((round, i) => ({
    ...finding!,
    id: `F${i + 1}`,
    crash_point: { ...finding!.crash_point!, round },
  }));
  const html = htmlReporter.render(stored, { repository });
  const { page, complaints } = await opened(t as Test, { html, hash: '#/scenarios' });
  await page.locator('.rounds').waitFor();
  t.equal(await page.locator('.rounds .kept').count(), 198, 'of those that kept it as many as have room');
  t.equal(await page.locator('.rounds .broken').count(), 3, 'each that broke it, also behind those');
  t.match(await page.locator('.rounds .more').innerText(), /and 99 more that kept what was promised/);
  await shot(page, 'rounds');
  await page.getByRole('link', { name: 'round 250, broken: F3' }).click();
  await page.getByRole('article', { name: 'finding F3' }).waitFor();
  t.equal(await page.locator('.rounds .broken.open').getAttribute('title'), 'round 250: F3');
  await shot(page, 'round-finding');
  t.same(complaints, []);
});

t.test('a probe: the matrix first, a breach leads to its workload, and back', async (t) => {
  if (!requires(t, need)) return;
  const html = htmlReporter.render(probeResults(), { repository });
  const { page, complaints } = await opened(t as Test, { html });
  const matrix = page.getByRole('region', { name: 'storages' });
  await matrix.getByText('ext4 fast_commit').waitFor();
  t.ok(
    (await matrix.locator('.cell.kept').count()) > 10 && (await matrix.locator('.cell.broken').count()) > 5,
  );
  await shot(page, 'probe');
  await matrix
    .getByRole('row', { name: /fast_commit/ })
    .getByRole('link')
    .click();
  const finding = page.getByRole('article');
  await finding.getByText('hold foo h').first().waitFor();
  t.match(await finding.locator('.workload').innerText(), /unlink foo[\s\S]*power cut/);
  await shot(page, 'probe-finding');
  await page.keyboard.press('Escape');
  await matrix.getByText('ext4 fast_commit').waitFor();
  t.equal(await page.locator('#matrix').count(), 1, 'there once');
  t.same(complaints, []);
  const phone = await opened(t as Test, { html, width: 390, height: 844 });
  await phone.page.getByRole('region', { name: 'storages' }).waitFor();
  t.ok(Number(await phone.page.evaluate('document.documentElement.scrollWidth')) <= 390, 'fits a phone');
  await shot(phone.page, 'phone-probe');
});

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import t from 'tap';
import type { Scene } from '../../harness/verdict/scene.js';
import { openStoredResults, sceneOf } from '../../harness/verdict/stored-results.js';
import type { Chunk, Summary } from '../../reports/html/document.js';
import { htmlReporter, mostHtmlBytes } from '../../reports/html.js';
import { manyResults, mixedResults, repository, storedFolder } from './stored.js';

const surroundings = { repository };

function data<T>(html: string, id: string): T {
  const [, base64 = ''] = new RegExp(`id="${id}">([A-Za-z0-9+/=]*)</script>`).exec(html) ?? [];
  return JSON.parse(inflateRawSync(Buffer.from(base64, 'base64')).toString()) as T;
}

t.test('nothing comes from the network, and nothing runs but what the policy names', async (t) => {
  const html = htmlReporter.render(mixedResults(), surroundings);
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(html)!;
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html)!;
  t.ok(policy.includes(`script-src '${hash(script)}'`), 'the script by its hash');
  t.ok(policy.includes(`style-src '${hash(style)}'`), 'the style sheet by its hash');
  t.match(policy, /^default-src 'none'/);
  t.notMatch(policy, /unsafe|\*|https?:/);
  const markup = html.replace(script, '').replace(style, '');
  t.notMatch(markup, /<[^>]*\son\w+=/i, 'no inline handler');
  t.notMatch(markup, /<[^>]*\s(src|style)=/i, 'no inline style, nothing fetched');
  t.notMatch(markup, /<(link|img|iframe|object|embed|base)\b/i);
});

t.test('read without JavaScript: verdicts, findings, fixes, and what was not looked at', async (t) => {
  const html = htmlReporter.render(mixedResults(), surroundings);
  const plain = html.slice(html.indexOf('<div id="plain">'), html.indexOf('<script type='));
  t.match(plain, /8 runs: 2 pass, 5 violation, 1 unknown; of 1 run not every crash state was looked at/);
  t.match(plain, /&lt;script&gt;alert\(1\)/);
  t.match(plain, /]]&gt; needs fsync/);
  t.match(plain, /red \\e\[31m and \\e\]0;title\\x07/);
  t.match(plain, /behind config\.py:9: <code>fd = os\.open/);
  t.match(plain, /not looked at: writes torn inside a sector/);
  const all = mixedResults().results.runs.flatMap(({ findings }) => findings);
  t.equal(plain.match(/<article/g)!.length, all.length);
});

t.test('the badge: green only where it came out as it should', async (t) => {
  const { results, folder } = mixedResults();
  const badge = (change: Partial<typeof results>): string =>
    /class="verdict big (\w+)">([^<]+)</
      .exec(htmlReporter.render({ results: { ...results, ...change }, folder }, surroundings))!
      .slice(1)
      .join(' ');
  t.equal(badge({ verdict: 'violation', met: null }), 'violation violation');
  t.equal(badge({ verdict: 'violation', met: true }), 'pass as expected');
  t.equal(badge({ verdict: 'pass', met: true }), 'pass pass');
  t.equal(badge({ verdict: 'pass', met: false }), 'violation not as expected');
  t.equal(badge({ verdict: 'unknown', met: null }), 'unknown unknown');
});

t.test('a chunk has what its finding’s view needs, and nothing in it acts', async (t) => {
  const stored = openStoredResults(join(storedFolder, 'notes.results.json'));
  const html = htmlReporter.render(stored, surroundings);
  const summary = data<Summary>(html, 'summary');
  const entry = summary.findings.find(({ id }) => id === 'F2')!;
  const chunk = data<Chunk>(html, entry.chunk!);
  t.match(chunk.finding, { id: 'F2', lost: ['notes.txt reads as zeros from byte 0 of 25'] });
  t.match(chunk.scene, { finding: 'F2', files: [{ path: 'notes.txt', before: null }] });
  const hostile = htmlReporter.render(mixedResults(), surroundings);
  for (const { chunk: id } of data<Summary>(hostile, 'summary').findings) {
    t.same(controlCharacters(data<Chunk>(hostile, id!)), []);
  }
});

t.test('what the guest’s kernel said is with the finding', async (t) => {
  const { results } = openStoredResults(join(storedFolder, 'notes.results.json'));
  const [run] = results.runs;
  const { id } = run!.findings[0]!;
  const folder = t.testdir();
  run!.run = folder;
  mkdirSync(join(folder, 'scenes'));
  const said = { ...bigScene(), finding: id, console: ['EXT4-fs error \u001b[31m<b>'] };
  writeFileSync(join(folder, 'scenes', `${id}.json`), JSON.stringify(said));
  const html = htmlReporter.render({ results, folder }, surroundings);
  const entry = data<Summary>(html, 'summary').findings.find((one) => one.id === id)!;
  t.same(data<Chunk>(html, entry.chunk!).scene!.console, ['EXT4-fs error \\e[31m<b>']);
});

t.test('1,000 findings and 100,000 events fit into 5 MB, whole', async (t) => {
  const { results } = manyResults(100, 10);
  const folder = t.testdir();
  const scene = bigScene();
  for (const run of results.runs) {
    run.run = join(folder, run.scenario);
    mkdirSync(join(run.run, 'scenes'), { recursive: true });
    for (const { id } of run.findings) {
      writeFileSync(join(run.run, 'scenes', `${id}.json`), JSON.stringify({ ...scene, finding: id }));
    }
  }
  const html = htmlReporter.render({ results, folder }, surroundings);
  t.ok(Buffer.byteLength(html) <= mostHtmlBytes, `${Buffer.byteLength(html)} bytes`);
  const summary = data<Summary>(html, 'summary');
  t.match(summary, { left_out: 0, without_chunk: 0 });
  t.equal(data<Chunk>(html, summary.findings.at(-1)!.chunk!).scene!.events.length, 100);
});

t.test('beyond that, what weighs least is left out first, and counted', async (t) => {
  const stored = manyResults(30, 200);
  let seed = 1;
  for (const finding of stored.results.runs.flatMap(({ findings }) => findings)) {
    // Numbers that do not compress.
    const noise = Array.from({ length: 250 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed.toString(36);
    });
    finding.lost = [noise.join('')];
  }
  const html = htmlReporter.render(stored, surroundings);
  t.ok(Buffer.byteLength(html) <= mostHtmlBytes, `${Buffer.byteLength(html)} bytes`);
  const summary = data<Summary>(html, 'summary');
  t.equal(summary.findings.length + summary.left_out, 6000);
  t.equal(summary.left_out, 1000);
  t.ok(summary.without_chunk > 1000 && summary.without_chunk < 5000, `${summary.without_chunk} without`);
  t.equal(summary.findings.filter(({ chunk }) => chunk === null).length, summary.without_chunk);
});

t.test('a scene that cannot be read is done without', async (t) => {
  const { results } = mixedResults();
  const run = results.runs[1]!;
  const folder = t.testdir({
    'config-file--ext4': { scenes: { 'F1.json': '{"schema": "plugpull.scene/99"}' } },
  });
  t.equal(sceneOf({ results, folder }, run, 'F1'), null);
  t.equal(sceneOf({ results, folder }, run, 'F2'), null);
  t.doesNotThrow(() => htmlReporter.render({ results, folder }, surroundings));
});

/** Texts in a value that hold one. */
function controlCharacters(value: unknown): string[] {
  if (typeof value === 'string') return /\p{Cc}/u.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(controlCharacters);
}

/** A hundred events that look like a journalling file system's. */
function bigScene(): Scene {
  const events = Array.from({ length: 100 }, (_, i): Scene['events'][number] => {
    if (i % 10 === 9) return { kind: 'flush', index: i };
    if (i % 10 === 0)
      return { kind: 'call', text: `write(table/segment-${i}.log, ${i * 4096}, 4096)`, sync: false };
    if (i % 25 === 1) return { kind: 'ack', text: `committed transaction ${i * 7919}` };
    return {
      kind: 'write',
      index: i,
      sector: (i * 7919) % 131072,
      bytes: 4096 * (1 + (i % 5)),
      fua: false,
      part: i % 3 === 0 ? 'data' : 'journal',
      owner: i % 3 === 0 ? `table/segment-${i % 7}.log` : 'ext4 metadata (journal descriptor)',
    };
  });
  return {
    schema: 'plugpull.scene/1',
    finding: 'F1',
    events,
    left_out: { before: 0, after: 0 },
    points: [{ at: 50, reason: 'flush', acks: 2 }],
    cut: 0,
    files: [],
  };
}

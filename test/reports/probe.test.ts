/** A probe's document in every format: what it found is there, and no storage is claimed to keep what was not looked at. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import t from 'tap';
import { Parser } from 'tap-parser';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { reporters } from '../../reports/catalogue.js';
import { openReportable } from '../../reports/opened.js';
import type { Reportable } from '../../reports/reporter.js';
import { isSarif } from './sarif-schema.js';
import { probeResults, repository, storedFolder } from './stored.js';

const surroundings = { repository };
const rendered = (format: string, stored: Reportable = probeResults()): string =>
  reporters.find((one) => one.format === format)!.render(stored, surroundings);
const { probes } = probeResults().probe!;
const groups = probes.flatMap(({ findings }) => findings);

function changed(change: (document: ProbeDocument) => void, folder: string): Reportable {
  const document = JSON.parse(readFileSync(join(storedFolder, 'probe.json'), 'utf8')) as ProbeDocument;
  change(document);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'probe.json'), JSON.stringify(document));
  return openReportable(folder);
}

t.test(
  'a run a storage, a finding a kind of breach, each with its workload as a line to paste',
  async (t) => {
    const { results } = probeResults();
    t.same(
      results.runs.map(({ storage, verdict, met }) => [storage, verdict, met]),
      probes.map(({ name, verdict, met }) => [name, verdict, met]),
    );
    t.equal(results.met, true);
    t.equal(results.runs.flatMap(({ findings }) => findings).length, groups.length);
    const [finding] = results.runs[1]!.findings;
    t.match(finding, {
      property: 'ext4 fast_commit does not mount after the crash: EUCLEAN',
      when: 'after unlink foo had returned (2 of 3 operations)',
      reproduce:
        "plugpull probe --fs ext4 --mkfs-options='-O fast_commit' --kernel host --workload 'create foo; start; hold foo h; unlink foo; fsync @h'",
    });
  },
);

t.test(
  'the matrix: a row a storage, a column a kind, each breach a link to its counterexample',
  async (t) => {
    const html = rendered('html');
    const matrix = html.slice(html.indexOf('<section class="matrix"'), html.indexOf('</section>'));
    t.equal(matrix.match(/<tr><th scope="row">/g)!.length, probes.length);
    t.equal(
      matrix.match(/class="kind-head"/g)!.length,
      new Set(groups.map(({ rules, kind }) => `${rules} ${kind}`)).size,
    );
    const links = [...matrix.matchAll(/<a href="#(\/f\/\d+\/F\d+)" title="[^"]*">(\d+)<\/a>/g)];
    t.same(links.map(([, , count]) => Number(count)).sort(), groups.map(({ workloads }) => workloads).sort());
    for (const [, target] of links)
      t.ok(html.includes(`<article class="card" id="${target}">`), 'without JavaScript, too');
    t.match(matrix, /not supported/);
  },
);

t.test('what was not told is a question mark, not a nought', async (t) => {
  const stored = changed((document) => {
    const probe = document.probes[0]!;
    probe.workloads = { kept: 7, broken: 0, unknown: 1, unsupported: 0 };
    probe.verdict = 'unknown';
    probe.met = false;
    document.verdict = 'unknown';
  }, t.testdir());
  const [first] = rendered('html', stored).match(/<tr><th scope="row">ext4<.*?<\/tr>/)!;
  t.notMatch(first, /class="cell kept"/);
  t.match(first, /class="cell unknown"[^>]*>\?/);
  t.match(stored.results.runs[0]!.coverage[0]!.unseen, [/1 unknown workload/]);
  t.equal(stored.results.met, false);
});

t.test('read by others: TAP, JUnit, SARIF, GitLab, Markdown', async (t) => {
  const points = Parser.parse(rendered('tap')).filter(([type]) => type === 'assert');
  t.ok(points.length >= 2 * probes.length);
  const xml = new XMLParser({ ignoreAttributes: false }).parse(rendered('junit'));
  t.equal(Number(xml.testsuites['@_failures']), 0, 'all as expected');
  t.same(isSarif(JSON.parse(rendered('sarif'))), []);
  t.match(rendered('sarif'), /The storage does not keep what it owes/);
  t.notMatch(rendered('sarif'), /Call fsync on the file/, 'no program is asked to mend a storage');
  t.match(rendered('markdown'), /fast&#95;commit/);
  const unexpected = changed((document) => {
    for (const probe of document.probes) {
      delete probe.storage.expect;
      probe.met = null;
    }
  }, t.testdir());
  const failures = new XMLParser({ ignoreAttributes: false }).parse(rendered('junit', unexpected));
  t.ok(Number(failures.testsuites['@_failures']) >= 4, 'a violation nobody expected fails');
  t.equal(JSON.parse(rendered('gitlab', unexpected)).length, groups.length);
});

t.test('a newer document is refused with a sentence, a damaged one by its key', async (t) => {
  const at = t.testdir();
  cpSync(join(storedFolder, 'probe.json'), join(at, 'one.json'));
  t.ok(openReportable(join(at, 'one.json')).probe, 'a file that --json was written to');
  const newer = (document: ProbeDocument): void => {
    (document as { schema: string }).schema = 'plugpull.probe/9';
  };
  t.throws(
    () => changed(newer, join(at, 'newer')),
    /written by a newer plugpull; this one reads up to plugpull\.probe\/1/,
  );
  const damaged = (document: ProbeDocument): void => {
    (document.probes[0] as { states: unknown }).states = 12;
  };
  t.throws(() => changed(damaged, join(at, 'damaged')), /probes\.0\.states: expected text, got 12/);
});

t.test('names of storages and texts are text in every format', async (t) => {
  const hostile = '<script>alert(1)</script>\u001b[1m]]>\u202e';
  const stored = changed((document) => {
    for (const probe of document.probes) {
      probe.name = hostile;
      for (const group of probe.findings) {
        group.kind = hostile;
        group.shortest.finding.text = hostile;
        group.shortest.lines = [hostile];
      }
    }
  }, t.testdir());
  for (const { format } of reporters) {
    const text = rendered(format, stored);
    t.notOk(text.includes('\u001b') || text.includes('\u202e'), format);
    if (/html|markdown|junit/.test(format)) t.notMatch(text, /<script>alert|]]>/, format);
  }
});

import { gzipSync } from 'node:zlib';
import { XMLParser } from 'fast-xml-parser';
import t from 'tap';
import { junitReporter, mostXmlObjects } from '../../reports/junit.js';
import { markdownReporter } from '../../reports/markdown.js';
import { mostGzippedBytes, mostResults, sarifReporter } from '../../reports/sarif.js';
import { mostBytes } from '../../reports/words/fitted-markdown.js';
import { manyResults, repository } from './stored.js';

/** Elements, attributes and texts. */
function xmlObjects(xml: string): number {
  let count = 0;
  const look = (element: unknown): void => {
    count++;
    if (typeof element !== 'object' || element === null) return;
    for (const value of Object.values(element)) for (const one of [value].flat()) look(one);
  };
  look(new XMLParser({ ignoreAttributes: false }).parse(xml));
  return count;
}

t.test(
  'JUnit stays under its number of XML objects, failures last to go, and counts what is left out',
  async (t) => {
    const xml = junitReporter.render(manyResults(14_000, 1), { repository });
    const objects = xmlObjects(xml);
    t.ok(objects < mostXmlObjects, `${objects} objects`);
    t.match(xml, /<!-- left out to stay under 250000 XML objects: \d+ cases/);
    const failures = xml.match(/<failure/g)!.length;
    t.ok(failures > 10_000 && !/<system-out>/.test(xml), `${failures} failures, no texts of passed cases`);
  },
);

t.test('SARIF has at most 25,000 results and says how many it leaves out', async (t) => {
  const text = sarifReporter.render(manyResults(13, 2000), { repository });
  const [run] = JSON.parse(text).runs;
  t.equal(run.results.length, mostResults);
  t.match(JSON.stringify(run.invocations), /1000 of 26000 results are left out/);
});

t.test('SARIF stays under 10 MB gzipped', async (t) => {
  const stored = manyResults(20, 100);
  for (const [r, { findings }] of stored.results.runs.entries()) {
    for (const [i, finding] of findings.entries()) {
      // Numbers that do not compress: 16 KB of them each.
      let seed = r * 100_000 + i;
      const noise = Array.from({ length: 1400 }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed.toString(36);
      }).join('');
      finding.lost = [noise];
    }
  }
  const text = sarifReporter.render(stored, { repository });
  t.ok(gzipSync(text).length <= mostGzippedBytes);
  const [run] = JSON.parse(text).runs;
  t.ok(run.results.length > 0 && run.results.length < 2000);
  t.match(JSON.stringify(run.invocations), /of 2000 results are left out/);
});

t.test('Markdown is cut under 1 MiB, on a row border, and says what is missing', async (t) => {
  const text = markdownReporter.render(manyResults(8000, 1), { repository });
  t.ok(Buffer.byteLength(text) < mostBytes);
  const [end] = text.trimEnd().split('\n').slice(-1);
  t.match(end, /^\*\*Cut here\*\*, under the limit of 1 MiB: left out are (\d+ rows, )?8000 findings/);
  const torn = text.split('\n').filter((line) => line.startsWith('| ') && !line.endsWith('|'));
  t.same(torn, [], 'no torn row');
});

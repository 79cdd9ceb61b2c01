/** The page of persistence properties: each no leads to its counterexample, and what names say is text. */
import t from 'tap';
import { probeConfig } from '../../harness/probe/config.js';
import { propertiesDocument } from '../../harness/probe/properties/properties-document.js';
import { propertiesPage } from '../../reports/properties-page.js';

const storage = probeConfig.parse({ storage: [{ fs: 'ext4' }] }).storage[0]!;
const counted = { workloads: 1, recordings: 4, states: '12', recoveries: 5, reasons: [] };
const counterexample = {
  lines: ['create a', 'start', 'write a 0 4096'],
  schedule: 'commits' as const,
  ...{ text: 'a (empty)', after: 1, pending: 2, lost: 1, torn: false },
};

function pageOf(name: string): string {
  return propertiesPage(
    propertiesDocument([
      {
        name,
        kernel: '7.2',
        storage,
        complete: true,
        properties: [
          { name: 'kept', says: 'it is so', outcome: 'holds', counterexample: null, ...counted },
          { name: 'lost', says: 'it is not', outcome: 'broken', counterexample, ...counted },
        ],
        models: { allowed: 3, refuted: [] },
        duration_ms: 1,
      },
    ]),
  );
}

t.test('a no leads to its counterexample, a line an operation', async (t) => {
  const page = pageOf('ext4');
  t.match(page, '<a href="#s1-lost"');
  t.match(page, 'id="s1-lost"');
  t.match(page, '<pre>create a\nstart\nwrite a 0 4096</pre>');
  t.match(page, 'How many persistence properties hold: ext4: 1 of 2.');
});

t.test('what a configuration calls a storage is text', async (t) => {
  const page = pageOf('<script>alert(1)</script>\u001b[31m');
  t.notMatch(page, '<script>alert');
  t.notMatch(page, '\u001b');
  t.match(page, '&lt;script&gt;');
});

/** Names and texts of a workload are text in every format: they cannot act on a terminal, a parser or a page. */
import t from 'tap';
import { reporters } from '../../reports/catalogue.js';
import type { Reportable } from '../../reports/reporter.js';
import { mixedResults, repository } from './stored.js';

const allowed = /[\n\t]/;
/** Turns what follows around, ends a tag's name, hides. */
const turning = '\u202e\u200b\u{e0041}';

/** The stored results with marks in every text that a workload has a hand in. */
function turned(): Reportable {
  const stored = mixedResults();
  for (const run of stored.results.runs) {
    for (const key of ['scenario', 'storage'] as const) run[key] += turning;
    run.notes = run.notes.map((note) => note + turning);
    for (const finding of run.findings) {
      for (const key of ['property', 'promise', 'reproduce'] as const) finding[key] += turning;
      finding.lost = finding.lost.map((line) => line + turning);
      finding.fix &&= finding.fix + turning;
      for (const cause of finding.cause) for (const key of ['args', 'at'] as const) cause[key] += turning;
    }
  }
  return stored;
}

for (const { format, render } of reporters) {
  t.test(`${format} shows hostile names as text`, async (t) => {
    const text = render(turned(), { repository });
    const raw = [...text].filter(
      (character) => /[\p{Cc}\p{Cf}]/u.test(character) && !allowed.test(character),
    );
    t.same(raw, [], 'no control characters, none that turn or hide what follows');
    if (/html|markdown|junit/.test(format)) {
      t.notMatch(text, /<script>alert/, 'no element');
      t.match(text, /alert\(1/, 'but the text is there');
    }
    if (format === 'junit') t.notMatch(text, /]]>/);
    if (format !== 'json' && format !== 'html')
      t.notMatch(text, /\n(line )?::error::forged/, 'no forged line');
  });
}

t.test('JSON has the very characters, as escapes', async (t) => {
  const stored = turned();
  const { render } = reporters.find(({ format }) => format === 'json')!;
  t.same(JSON.parse(render(stored, { repository })), stored.results);
});

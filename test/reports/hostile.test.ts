/** Names and texts of a workload are text in every format: they cannot act on a terminal, a parser or a page. */
import { XMLValidator } from 'fast-xml-parser';
import t from 'tap';
import { Parser } from 'tap-parser';
import { reporters } from '../../reports/catalogue.js';
import type { Reportable } from '../../reports/reporter.js';
import { isSarif } from './sarif-schema.js';
import { mixedResults, repository } from './stored.js';

const allowed = /[\n\t]/;
/**
 * Turns what follows around, hides, is half a character that no encoding has, begins an escape sequence in one byte, and
 * ends a section of XML, a comment, a table's cell and a line of TAP.
 */
const turning = '\u202e\u200b\u{e0041}\ud800\u009b31m\u0000]]>--><!--|\r\n# Subtest: forged\n::error::forged';

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
      (character) => /[\p{Cc}\p{Cf}\p{Cs}]/u.test(character) && !allowed.test(character),
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

t.test('and every format is still read by whoever reads it', async (t) => {
  const made = new Map(
    reporters.map(({ format, render }) => [format, render(turned(), { repository })] as const),
  );
  t.same(
    Parser.parse(made.get('tap')!).filter(([type]) => type === 'extra'),
    [],
    'TAP',
  );
  t.equal(XMLValidator.validate(made.get('junit')!), true, 'JUnit');
  t.same(isSarif(JSON.parse(made.get('sarif')!)), [], 'SARIF');
  for (const format of ['sarif', 'gitlab', 'ctrf', 'certificate']) {
    const texts = JSON.stringify(JSON.parse(made.get(format)!), (_, value) =>
      typeof value === 'string' && /\p{Cs}/u.test(value) ? 'half a character' : value,
    );
    t.notMatch(texts, 'half a character', format);
  }
  const rows = made
    .get('markdown')!
    .split('\n')
    .filter((line) => line.startsWith('|'));
  t.ok(rows.length > 5 && rows.every((row) => row.endsWith('|')), 'no row torn');
  const lines = made.get('github')!.split('\n');
  const commands = lines.slice(lines.findIndex((line) => /^::plugpull-/.test(line)) + 1).filter(Boolean);
  t.same(
    commands.filter((line) => !/^::(error|warning) /.test(line)),
    [],
    'annotations of ours alone',
  );
});

t.test('JSON has the very characters, as escapes', async (t) => {
  const stored = turned();
  const { render } = reporters.find(({ format }) => format === 'json')!;
  t.same(JSON.parse(render(stored, { repository })), stored.results);
});

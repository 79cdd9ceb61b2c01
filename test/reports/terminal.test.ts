import { readdirSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import stringWidth from 'string-width';
import t from 'tap';
import { resultsLines } from '../../reports/terminal/results-lines.js';
import { plainScreen, type Screen, screenOf } from '../../reports/terminal/screen.js';
import { asCalled } from '../../reports/words/as-called.js';
import { escaped } from '../../reports/words/escaped.js';
import { lostLabel } from '../../reports/words/lost-label.js';
import { mixedResults } from './stored.js';

const results = escaped(mixedResults().results);

const toPaste = new Set(
  results.runs.flatMap(({ findings }) =>
    findings.flatMap(({ reproduce, patch }) => [reproduce, ...(patch ? [patch.line] : [])]),
  ),
);

function screen(columns: number): Screen {
  return { paint: new Chalk({ level: 1 }), columns, command: 'plugpull' };
}

t.test('a finding in the order in which a person asks', async (t) => {
  const lines = resultsLines(results, plainScreen, 'verbose');
  const start = lines.findIndex((line) => line.startsWith('C1 creat('));
  const labels = lines
    .slice(start + 1, lines.indexOf('', start))
    .map((line) => line.slice(2, 14).trim())
    .filter(Boolean);
  t.same(labels, ['promised', 'see it', 'kind', 'power cut', 'lost', 'calls', 'fix', 'patch']);
  t.equal(lostLabel({ evidence: 'contract', kind: 'checker' }), 'left', 'a checker saw it');
  t.equal(lostLabel({ evidence: 'observed', kind: 'durability' }), 'left');
});

for (const columns of [30, 45, 60, 72, 80, 100, 120, 200]) {
  t.test(
    `no line is wider than a terminal of ${columns} columns, and colours are closed in each`,
    async (t) => {
      for (const detail of ['normal', 'quiet', 'verbose'] as const) {
        const lines = resultsLines(results, screen(columns), detail);
        // System calls are kept in their columns: they are shown to those who ask, and cut by nothing. What is there to
        // be pasted is broken by the terminal alone, which copies it whole.
        const wide = lines.filter(
          (line) => stringWidth(line) > columns && !toPaste.has(stripVTControlCharacters(line).trim()),
        );
        t.same(detail === 'verbose' ? wide.filter((line) => /^ {2}F|^ {2}promised/.test(line)) : wide, []);
      }
      const text = resultsLines(results, screen(columns), 'normal').join('\n');
      const words = (shown: string): string => shown.replaceAll(/\s+/g, '');
      const all = stripVTControlCharacters(resultsLines(results, screen(columns), 'verbose').join('\n'));
      for (const line of toPaste) t.ok(all.includes(line), `whole: ${line}`);
      t.ok(
        words(stripVTControlCharacters(text)).includes(
          words('the program asked for everything it relies on'),
        ),
        'nothing is cut off',
      );
    },
  );
}

t.test('piped: no colour, no wrapping', async (t) => {
  t.equal(screenOf({ isTTY: false } as NodeJS.WriteStream), plainScreen);
  const text = resultsLines(results, plainScreen, 'verbose').join('\n');
  t.equal(stripVTControlCharacters(text), text);
  t.match(text, /\n {2}left {8}<script>alert\(1\)<∕script> is missing\n/);
});

t.test('a terminal: its width, and NO_COLOR is minded', async (t) => {
  t.equal(screenOf({ isTTY: true, columns: 77 } as NodeJS.WriteStream).columns, 77);
  t.teardown(() => delete process.env.NO_COLOR);
  process.env.NO_COLOR = '1';
  t.equal(screenOf({ isTTY: true, columns: 77 } as NodeJS.WriteStream).paint.level, 0);
});

t.test('what was not looked at is in the verdict line, the table and the sentence', async (t) => {
  for (const columns of [null, 40, 100]) {
    const lines = resultsLines(results, { ...plainScreen, columns }, 'normal');
    const words = lines.join(' ').replaceAll(/\s+/g, ' ');
    t.match(words, /not all there are, not looked at: writes torn inside a sector; 1200 of 4159/);
    t.match(words, /of 1 run not every crash state was looked at/);
    t.equal(words.match(/1200 of 4159/g)?.length, 2, 'once behind the verdict, once in the table');
  }
});

t.test('what came out as expected is in the table alone, unless asked for', async (t) => {
  const normal = resultsLines(results, plainScreen, 'normal').join('\n');
  t.notMatch(normal, /violation config-kept on ext4:/);
  t.match(normal, /config-kept +ext4 .*as expected/);
  t.match(resultsLines(results, plainScreen, 'verbose').join('\n'), /violation config-kept on ext4:/);
});

t.test('commands are those that this reader can paste, and nothing else is changed', async (t) => {
  const command = 'npx plugpull';
  const lines = resultsLines(results, { ...plainScreen, command }, 'verbose');
  const seen = lines.filter((line) => line.startsWith('  see it'));
  t.ok(seen.length > 5);
  for (const line of seen) t.match(line, /^ {2}see it {6}npx plugpull (?:show|mount) /);
  t.equal(
    asCalled('plugpull run a; npx plugpull show b; ./plugpull run; plugpulls', 'bin/plugpull'),
    'bin/plugpull run a; npx plugpull show b; ./plugpull run; plugpulls',
  );
  t.equal(
    asCalled('the file "plugpull runner" and $& plugpull show x', '$&'),
    'the file "plugpull runner" and $& $& show x',
  );
});

t.test('every command is known to be one', async (t) => {
  const files = readdirSync(new URL('../../harness/cli/commands/', import.meta.url));
  const commands = files.filter((file) => /^[a-z]+\.js$/.test(file)).map((file) => file.replace('.js', ''));
  t.ok(commands.includes('worker'));
  for (const name of commands)
    t.equal(asCalled(`see plugpull ${name} --help`, 'bin/plugpull'), `see bin/plugpull ${name} --help`);
});

t.test('quiet is the sentence, verbose all findings and the calls', async (t) => {
  const [quiet, normal, verbose] = (['quiet', 'normal', 'verbose'] as const).map((detail) =>
    resultsLines(results, plainScreen, detail),
  );
  t.equal(quiet!.length, 1);
  t.match(quiet![0], /^8 runs: /);
  const findings = (lines: readonly string[]): number =>
    lines.filter((line) => /^(?:R\d+)?[FC]\d+(?: masked)? /.test(line)).length;
  t.equal(findings(verbose!), results.runs.flatMap((run) => run.findings).length);
  t.ok(findings(normal!) > 0 && findings(normal!) < findings(verbose!), 'normal: the first of each run');
  t.match(verbose!.join('\n'), /what the program asked for, by the posix model/);
  t.notMatch(normal!.join('\n'), /what the program asked for, by the posix model/);
});

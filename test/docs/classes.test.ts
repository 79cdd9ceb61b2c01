/** Each command that a page shows is run by `npm test`, run by `npm run campaign -- docs`, or said why it is not: one of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pages, text } from '../../bench/docs/pages.js';
import { commandsOf, runnablesOf, strayCommands, unrunCommands } from '../../bench/docs/runnable.js';
import { checkout } from '../e2e/plugpull.js';
import { elsewhere } from './elsewhere.js';

const excused = elsewhere.flatMap(({ commands }) => commands);

t.test(
  'a block that is not run has a reason for each of its commands, and each reason a command',
  async (t) => {
    const shown = pages.flatMap((page) => unrunCommands(text(page)));
    t.strictSame(
      shown.filter((command) => !excused.includes(command)),
      [],
      'test/docs/elsewhere.ts says why',
    );
    t.strictSame(
      excused.filter((command) => !shown.includes(command)),
      [],
      'a page shows it',
    );
    t.equal(new Set(excused).size, excused.length, 'once');
  },
);

t.test('what is run needs no reason', async (t) => {
  const run = pages.flatMap((page) => runnablesOf(text(page))).flatMap(({ script }) => commandsOf(script));
  t.strictSame(
    run.filter((command) => excused.includes(command)),
    [],
  );
  t.ok(run.length > excused.length, `${run.length} lines are run, ${excused.length} are not`);
});

t.test('no command stands where nobody would run it', async (t) => {
  t.strictSame(
    pages.flatMap((page) => strayCommands(text(page)).map((line) => `${page}: ${line.trim()}`)),
    [],
  );
  t.strictSame(strayCommands('text\n\n    bin/plugpull run x\n    $ npm test\n\n    plugpull (command)\n'), [
    '    bin/plugpull run x',
    '    $ npm test',
  ]);
});

t.test('what runs the same otherwise is there', async (t) => {
  const named = elsewhere.flatMap(({ by }) => by?.match(/(?:test|bench|scripts|docs)\/[\w./-]+/g) ?? []);
  t.strictSame(
    named.filter((path) => !existsSync(join(checkout, path))),
    [],
  );
});

t.test('blocks are read as runnable.ts says', async (t) => {
  const fence = '```';
  const page = [
    `${fence}sh run exit 1 needs root\nfalse\n${fence}\n`,
    `${fence}sh run slow verdict checkout\na  # b\n${fence}\n`,
    `${fence}sh run output\nc\n${fence}\n`,
    `${fence}sh\nd \\\n  -e  # f\n\n# g\n${fence}\n`,
  ].join('\n');
  const plain = { needs: null, slow: false, checkout: false, output: false };
  t.strictSame(runnablesOf(page), [
    { ...plain, script: 'false\n', exitCodes: [1], needs: 'root' },
    { ...plain, script: 'a  # b\n', exitCodes: [0, 1], slow: true, checkout: true },
    { ...plain, script: 'c\n', exitCodes: [0], output: true },
  ]);
  t.strictSame(unrunCommands(page), ['d -e']);
  t.strictSame(commandsOf('a "#b" #c\nd # e\n'), ['a "#b" #c', 'd']);
});

/** A program named from the folder one is in, which is not the one that a workload runs in. */
import t from 'tap';
import { relativeProgram } from '../../harness/cli/scenario-options/relative-program.js';
import { scenariosOf } from '../../harness/cli/scenario-options/scenarios-of.js';

// Tests run in the checkout's folder.
const cases: [words: string[], program: string | null][] = [
  [['node', 'package.json'], 'package.json'],
  [['node', '--enable-source-maps', './package.json', 'x'], './package.json'],
  [['/usr/bin/python3', '-B', 'scripts/test'], 'scripts/test'],
  [['bin/plugpull'], 'bin/plugpull'],
  [['bin/plugpull --help'], 'bin/plugpull'],
  [['sh scripts/test'], 'scripts/test'],
  [['node', `${process.cwd()}/package.json`], null],
  [['cp', '/etc/hostname', 'package.json'], null],
  [['node', 'not-here.js', 'package.json'], null],
  [['python3', '-m', 'json.tool'], null],
  [['echo x > package.json'], null],
  [['package.json'], null],
  [['node', 'scripts'], null],
  [['python3', '-c', 'x = 1\n'.repeat(2000)], null],
];

t.test('the file of a command that is named from here', async (t) => {
  for (const [words, program] of cases) t.equal(relativeProgram(words), program, words.join(' '));
});

t.test('is refused with the path to write, unless something may put it there', async (t) => {
  t.throws(() => scenariosOf('run', { '--': ['node', './package.json'] }), {
    message:
      /^run: \.\/package\.json: expected a whole path, such as "\$PWD\/package\.json": .*folder of its own/,
  });
  const copied = scenariosOf('run', { '--': ['node', 'package.json'], setup: 'cp /a/package.json .' });
  t.equal(copied[0]!.scenario.workload.run, 'node package.json');
  t.equal(scenariosOf('run', { '--': ['bin/plugpull'], place: 'container', image: 'x' }).length, 1);
});

t.test('options behind a line for the shell are refused, arguments of a program are not', async (t) => {
  t.throws(() => scenariosOf('run', { '--': ['echo 1 > a; sync', '--ack-stdout', '^a b$'] }), {
    message: /got the line 'echo 1 > a; sync' and more: --ack-stdout '\^a b\$'; options stand before --/,
  });
  t.equal(scenariosOf('run', { '--': ['echo 1 > a; sync'] }).length, 1);
  t.equal(scenariosOf('run', { '--': ['echo', '--ack-stdout', 'a b'] }).length, 1);
});

import t from 'tap';
import { TapTally } from './tally.js';

function tallyOf(...lines: string[]) {
  const tap = new TapTally();
  const extra: string[] = [];
  tap.onExtra((text) => extra.push(text));
  tap.write(`TAP version 14\n${lines.join('\n')}\n`);
  const { passed, failed, skipped, failures } = tap.end();
  return { passed, failed, skipped, failures, extra };
}

t.test('a subtest is one test, however many assertions it has', async (t) => {
  const tally = tallyOf('# Subtest: many', '    ok 1 - a', '    ok 2 - b', '    1..2', 'ok 1 - many', '1..1');
  t.match(tally, { passed: 1, failed: 0, skipped: [] });
});

t.test('subtests inside subtests count, their parent does not', async (t) => {
  const inner = ['    # Subtest: x', '        ok 1 - a', '        1..1', '    ok 1 - x'];
  t.match(tallyOf('# Subtest: outer', ...inner, '    ok 2 - beside it', '    1..2', 'ok 1 - outer', '1..1'), {
    passed: 2,
    failed: 0,
  });
});

t.test('a failure bears the names that lead to it, and what was printed with it', async (t) => {
  const tally = tallyOf(
    '# Subtest: outer',
    '    # Subtest: inner',
    '        ok 1 - fine',
    '        not ok 2 - equal',
    '          ---',
    '          diff: "-1"',
    '          ...',
    '        1..2',
    '    not ok 1 - inner',
    '    1..1',
    'not ok 1 - outer',
    '1..1',
  );
  t.match(tally, { passed: 0, failed: 1 });
  t.same(tally.failures, [{ path: ['outer', 'inner', 'equal'], diagnostics: { diff: '-1' } }]);
});

t.test('skip and todo count as skipped, even where something in them failed', async (t) => {
  const tally = tallyOf(
    'ok 1 - a # SKIP no root',
    '# Subtest: b',
    '    1..0 # no loop',
    'ok 2 - b # SKIP no loop',
    '# Subtest: c',
    '    not ok 1 - x',
    '    1..1',
    'not ok 3 - c # TODO later',
    '1..3',
  );
  t.match(tally, { passed: 0, failed: 0, skipped: ['no loop', 'later', 'no root'] });
});

t.test('a subtest that fails although all within it passed is a failure', async (t) => {
  const inner = ['    # Subtest: x', '        ok 1', '        1..1', '    ok 1 - x', '    1..1'];
  t.match(tallyOf('# Subtest: outer', ...inner, 'not ok 1 - outer', '1..1'), { passed: 1, failed: 1 });
});

t.test('output that ends too early is a failure', async (t) => {
  t.match(tallyOf('ok 1 - a', '1..3'), { passed: 1, failed: 1 });
  t.match(tallyOf('ok 1 - a', 'Bail out! disk on fire'), { passed: 1, failed: 1 });
  t.ok(tallyOf('# Subtest: cut', '    ok 1 - a').failed > 0);
});

t.test('a file without tests counts nothing, not even a skip', async (t) => {
  t.match(tallyOf(), { passed: 0, failed: 0, skipped: [] });
  t.match(tallyOf('1..0'), { passed: 0, failed: 0, skipped: [] });
});

t.test('a file that skips itself', async (t) => {
  t.match(tallyOf('1..0 # no loop'), { passed: 0, failed: 0, skipped: ['no loop'] });
});

t.test('what is not TAP is handed on', async (t) => {
  t.same(tallyOf('hello', 'ok 1', '1..1').extra, ['hello\n']);
});

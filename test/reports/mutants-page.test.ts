/** The page of `plugpull mutants`: each answer in its colour, hostile names as text, and nothing that runs. */
import t from 'tap';
import { type Mutant, type MutantsResult, scoreOf } from '../../harness/mutants/mutants-result.js';
import { mutantsPage } from '../../reports/mutants-page.js';

function mutant(rest: Partial<Mutant>): Mutant {
  return {
    id: 'M1',
    kind: 'sync_removed',
    call: 'fsync(a)',
    at: 'save.py:3',
    times: 1,
    change: 'fsync(a) is not made',
    result: 'killed',
    why: null,
    reason: "write(a, 0, 2) needs fsync(a) before ack 'saved'",
    replay: null,
    ...rest,
  };
}

function result(mutants: Mutant[], rest: Partial<MutantsResult> = {}): MutantsResult {
  return {
    schema: 'plugpull.mutants/1',
    tool: { name: 'plugpull', version: '0.1.0' },
    scenario: 'save',
    models: ['posix'],
    run: '/results/save--mutants',
    baseline: { outcome: 'pass', notes: [], findings: [] },
    mutants,
    score: scoreOf(mutants),
    notes: [],
    ...rest,
  };
}

const badgeOf = (page: string): string => /class="verdict big (\w+)"/.exec(page)![1]!;
const coloursOf = (page: string): string[] =>
  [...page.matchAll(/<td><span class="verdict (\w+)">(\w+)</g)].map(
    ([, colour, word]) => `${colour} ${word}`,
  );

t.test('what was noticed, what was not, what no test can notice', async (t) => {
  const page = mutantsPage(
    result([
      mutant({}),
      mutant({ id: 'M2', result: 'survived', why: 'too_weak', reason: 'a is gone', times: 3 }),
      mutant({ id: 'M3', result: 'survived', why: 'superfluous', reason: 'nothing it covers is owed' }),
      mutant({ id: 'M4', result: 'unknown', reason: 'stored through mmap' }),
    ]),
  );
  t.same(coloursOf(page), ['pass killed', 'violation survived', 'none superfluous', 'unknown unknown']);
  t.match(page, /save\.py:3, 3 times/);
  t.match(page, /the test notices 1 of 3 mistakes \(33 %\); 1 superfluous; 1 unknown/);
  t.equal(badgeOf(page), 'violation', 'a test that lets one live');
});

t.test('the badge: pass only for a test that notices all that can be noticed', async (t) => {
  t.equal(badgeOf(mutantsPage(result([mutant({})]))), 'pass');
  t.equal(badgeOf(mutantsPage(result([mutant({}), mutant({ result: 'unknown' })]))), 'unknown');
  t.equal(badgeOf(mutantsPage(result([]))), 'unknown', 'nothing was tested');
  const failing = { outcome: 'violation' as const, notes: [], findings: ['creat(a) needs fsync(.)'] };
  const page = mutantsPage(result([], { baseline: failing }));
  t.equal(badgeOf(page), 'violation', 'a test that fails on the right program');
  t.match(page, /creat\(a\) needs fsync\(\.\)/);
});

t.test('names of workloads are text, and nothing runs', async (t) => {
  const hostile = '<script>alert(1)</script>\u001b[1m';
  const page = mutantsPage(
    result([mutant({ change: hostile, at: hostile, reason: hostile })], {
      scenario: hostile,
      notes: [hostile],
    }),
  );
  t.notMatch(page, /<script/);
  t.notOk(page.includes('\u001b'));
  t.match(page, /default-src 'none'; style-src 'sha256-/);
  t.notMatch(page, /script-src|unsafe|https?:/);
});

import fc from 'fast-check';
import t from 'tap';
import { PlugpullError, UnavailableError, UsageError } from '../../harness/verdict/errors.js';
import { exitCode, exitCodeOf } from '../../harness/verdict/exit-code.js';
import { type Outcome, worst } from '../../harness/verdict/outcome.js';

const outcomes = ['pass', 'violation', 'unknown'] as const;

t.test('violation, then unknown, then pass', async (t) => {
  t.equal(worst([]), 'pass');
  t.equal(worst(['pass', 'unknown']), 'unknown');
  t.equal(worst(['unknown', 'violation', 'pass']), 'violation');
  const list = fc.array(fc.constantFrom<Outcome>(...outcomes));
  fc.assert(
    fc.property(list, list, (a, b) => {
      const expected =
        ['violation', 'unknown', 'pass'].find((outcome) => [...a, ...b].includes(outcome as Outcome)) ??
        'pass';
      if (worst(new Set([...a, ...b])) !== expected) throw new Error('not the worst');
      if (worst([worst(a), worst(b)]) !== expected) throw new Error('merging in parts gives something else');
    }),
  );
});

t.test('exit codes are what scripts expect', async (t) => {
  t.same(exitCode, {
    pass: 0,
    violation: 1,
    unknown: 2,
    usage: 64,
    unavailable: 69,
    internal: 70,
    interrupted: 130,
  });
  const table: [Outcome, boolean | null, number][] = [
    ['pass', null, 0],
    ['violation', null, 1],
    ['unknown', null, 2],
    ['pass', true, 0],
    ['violation', true, 0],
    ['unknown', true, 0],
    ['pass', false, 1],
    ['violation', false, 1],
    ['unknown', false, 2],
  ];
  for (const [verdict, met, code] of table)
    t.equal(exitCodeOf(verdict, met), code, `${verdict}, met: ${met}`);
});

t.test('errors know their exit code and their cause', async (t) => {
  const cause = new Error('below');
  const usage = new UsageError('expected this', { cause });
  t.match(usage, { name: 'UsageError', exitCode: 64, message: 'expected this', cause });
  t.ok(usage instanceof PlugpullError);
  t.match(new UnavailableError('needs strace'), { name: 'UnavailableError', exitCode: 69 });
});

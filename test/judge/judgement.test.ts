import t from 'tap';
import { outcomeOf, signatureOf } from '../../harness/judge/judgement.js';
import { problemCalled } from '../explore/in-process-pool.js';

t.test('the worst problem decides', async (t) => {
  t.equal(outcomeOf({ problems: [] }), 'pass');
  t.equal(outcomeOf({ problems: [problemCalled('a', 'unknown')] }), 'unknown');
  t.equal(outcomeOf({ problems: [problemCalled('a', 'unknown'), problemCalled('b')] }), 'violation');
});

t.test('a finding is the same in other words, and another for anything else', async (t) => {
  const problem = problemCalled('a');
  const signature = signatureOf(problem);
  t.equal(signatureOf({ ...problem, detail: 'said otherwise' }), signature);
  for (const other of [
    { ...problem, path: 'b' },
    { ...problem, path: null },
    { ...problem, outcome: 'unknown' as const },
    { ...problem, kind: 'atomicity' as const },
    { ...problem, failure: 'empty' as const },
    { ...problem, promise: 'another' },
  ]) {
    t.not(signatureOf(other), signature);
  }
});

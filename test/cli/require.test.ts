/** `--require exhaustive`: a pass that rests on less than every crash state is none, and the key is named. */
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('a systematic search is enough for a pass, unless all is required', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const judged = (run: string, ...options: string[]) =>
    bench.run(['--engine', 'contract', '--checker', 'true', '--promise', 'none', ...options, '--', run]);
  const many = 'for n in 1 2 3 4 5 6 7; do echo x >> out; done';
  const systematic = await judged(many);
  t.equal(systematic.ended.exitCode, 0);
  t.match(systematic.results.runs[0]!.coverage, [{ exhaustive: false, systematic: true, unseen: [String] }]);
  const required = await judged(many, '--require', 'exhaustive');
  t.equal(required.ended.exitCode, 2);
  t.match(required.results.runs, [{ contract: 'unknown' }]);
  t.match(required.results.runs[0]!.notes.join('\n'), /explore\.require \(--require\): expected exhaustive/);
  const few = await judged('echo x > out', '--require', 'exhaustive');
  t.equal(few.ended.exitCode, 0);
});

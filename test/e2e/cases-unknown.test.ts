/** Small programs and tests of which nothing can be said, or not all: neither a pass nor an accusation. */
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const says: Record<string, RegExp> = {
  'ack-pattern-misspelt': /no line of standard output matched ack\.stdout \(\^saaved/,
  'checker-crashes': /does not accept the undamaged end[\s\S]*NameError: name 'never_defined'/,
  'mapped-acked-otherwise':
    /unknown for f: it was stored to through a mapping, at a moment .*standard output.* \(bytes 0 to 0\)/,
  'promised-directory': /promise\.files: d is a directory, .*d\/\*\* names what is in it/,
  'promised-link-outside': /promise\.atomic: f is a symbolic link out of the recorded directory/,
  'promised-name-misspelt': /promise\.files: no file named nots\.txt ever existed/,
  'written-outside': /written before an ack, but outside the recorded directory.*\/outside\/precious/,
  'written-outside-replaced':
    /written before an ack, but outside the recorded directory.*\/outside\/precious(?!\.new)/,
  'written-outside-by-link': /written before an ack, but outside the recorded directory.*\/outside\/precious/,
};

const outside = /^written-outside/;

t.test('what nobody looked at, and what nobody can tell, is unknown', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  bench.extraEnv = { CASE_OUTSIDE: join(bench.folder, 'outside') };
  const { ended, results } = await bench.run(['--no-calibrate', join(checkout, 'test/cases/unknown')], {
    timeoutMs: 550_000,
  });
  t.strictSame(results.runs.map(({ scenario }) => scenario).sort(), Object.keys(says).sort());
  for (const { scenario, verdict, contract, observed, notes, findings } of results.runs) {
    t.equal(verdict, 'unknown', scenario);
    t.not(contract, 'violation', `${scenario}, by its calls`);
    t.not(observed, 'violation', `${scenario}, on the storage`);
    t.strictSame(findings, [], scenario);
    // What was stored is seen at each ack, so each tree that is left can be told to be right.
    if (scenario === 'mapped-acked-otherwise') t.equal(observed, 'pass', scenario);
    if (outside.test(scenario)) t.equal(observed, 'unknown', `${scenario}: no crash state was looked at`);
    t.equal(notes.filter((note) => says[scenario]?.test(note)).length, 1, `${scenario} says why, once`);
    t.notMatch(notes.join('\n'), /could go|is the fault of|no data is lost/, scenario);
  }
  t.equal(ended.exitCode, 2);
  t.strictSame(bench.leftovers(), []);
});

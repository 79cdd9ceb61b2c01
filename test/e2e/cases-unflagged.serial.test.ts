/** What looks careless and is right: nobody is accused. Beside each what would be wrong, which is found. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const folder = join(checkout, 'test/cases/unflagged');

t.test('what nobody promised is no loss', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run(['--no-calibrate', '--granularity', 'write', folder], {
    timeoutMs: 200_000,
  });
  t.equal(results.runs.length, readdirSync(folder).length);
  for (const { scenario, met, contract, observed, findings, notes } of results.runs) {
    t.equal(met, true, `${scenario}: ${contract}, ${observed}: ${notes.join('\n')}`);
    t.strictSame(findings, [], scenario);
    t.notMatch(notes.join('\n'), /needs|fault|could go|repair/, scenario);
  }
  t.equal(ended.exitCode, 0);
  t.strictSame(bench.leftovers(), []);
});

/** The same programs, with what they do not keep promised after all, or with a call less. */
const wrong: { scenario: string; args: string[]; property: RegExp }[] = [
  {
    scenario: 'unpromised-files',
    args: ['--promise', 'files:scratch'],
    property: /scratch.* needs fsync\(scratch\)/,
  },
  {
    scenario: 'ignored-files',
    args: ['--promise', 'snapshot', '--promise', 'ignore:scratch'],
    property: /\.doc\.un~.* needs fsync\(\.doc\.un~\)/,
  },
  { scenario: 'weak-mode', args: ['--env', 'BUG=late_sync'], property: /needs fsync\(log\)/ },
  { scenario: 'other-descriptor', args: ['--env', 'OTHER=g'], property: /write\(f, .* needs fsync\(f\)/ },
];

for (const { scenario, args, property } of wrong) {
  t.test(`${scenario} with ${args.join(' ')}`, async (t) => {
    if (!requires(t, { commands: ['python3', 'strace'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const file = join(folder, `${scenario}.yaml`);
    const { results } = await bench.run(['--engine', 'contract', ...args, file]);
    const [run] = results.runs;
    t.equal(run?.contract, 'violation', `${run?.notes.join('\n')}`);
    t.match(run?.findings.map((finding) => finding.property).join('\n'), property);
  });
}

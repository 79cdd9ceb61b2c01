/** What is right in `cases-unflagged.serial.test.ts`, with a bit that makes it wrong: it is found. */
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout } from './plugpull.js';

const folder = join(checkout, 'test/cases/unflagged');

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

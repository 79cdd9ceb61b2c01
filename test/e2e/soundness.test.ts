/**
 * Recovered states against the models: a model that forbids what the file system shows is caught. The control, that what is
 * shipped forbids nothing of it on four file systems, is the matrix (matrix.test.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

const need = { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] };

/** Models that claim too much, and a run that shows it. */
const tooStrict = [
  {
    fs: 'ext4',
    run: [join(checkout, 'scenarios/broken/no-fsync.yaml')],
    claim: 'every call is durable when it returns',
    model: `extends: linux-ext4-ordered
sync:
  every_call: {covers: [data, size, attributes, entries], source: wishful thinking}
`,
  },
  {
    fs: 'ext2',
    // What lies before the first write: no schedule of the kernel has the name on the disk there.
    run: ['--', 'echo 1 > a; sync . a'],
    claim: 'a name is durable as soon as it is made',
    model: `extends: ext2
sync:
  every_call: {covers: [entries], source: wishful thinking}
`,
  },
  {
    fs: 'btrfs',
    // A commit of the kernel's own, or for somebody's sync(2), takes one pair's order away, and not all of them.
    run: ['--', 'for n in 1 2 3 4 5 6; do echo 1 > a$n; echo 2 > b$n; sync b$n; done'],
    claim: 'names reach the disk in the order in which they were made',
    model: `extends: btrfs
ordering:
  metadata_in_order: {value: true, source: wishful thinking}
`,
  },
];

function checkOf({ coverage }: RunResult) {
  return coverage.find(({ engine }) => engine === 'replay')!.model_check;
}

for (const { fs, run: what, claim, model } of tooStrict) {
  t.test(`${fs}: a model is wrong that claims that ${claim}`, async (t) => {
    if (!requires(t, { ...need, fs })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const file = join(bench.folder, 'too-strict.yaml');
    writeFileSync(file, `name: too-strict\ndescription: ${claim}\n${model}`);
    const { results } = await bench.run(['--no-calibrate', '--fs', fs, '--models', file, ...what]);
    const run = results.runs[0]!;
    const check = checkOf(run)!;
    t.match(check.models, [String, 'too-strict']);
    t.ok(check.not_allowed > 0 && check.checked >= check.not_allowed);
    t.equal(run.contract, 'unknown');
    const note = run.notes.find((one) => one.includes('too-strict'))!;
    t.match(note, /^unknown: the persistence model too-strict is wrong about/);
    t.match(note, /after a power cut at log entry \d+ .* found: /);
    t.notOk(run.notes.some((one) => one.includes('persistence model') && !one.includes('too-strict')));
    const mounted = await bench.plugpull(['mount', run.run, 'M1', '--command', 'ls']);
    t.equal(mounted.exitCode, 0, mounted.stderr);
    t.strictSame(bench.leftovers(), []);
  });
}

t.test('where no model speaks, or one engine does not run, that is said', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const seed = join(checkout, 'scenarios/seeds/directory-sync.yaml');
  const lying = await bench.run([seed, '--no-calibrate', '--disk', 'cache=lying']);
  t.equal(checkOf(lying.results.runs[0]!), undefined);
  t.match(lying.results.runs[0]!.notes.join('\n'), /not compared with a persistence model: the disk lies/);
  const alone = await bench.run([seed, '--no-calibrate', '--engine', 'replay']);
  t.equal(checkOf(alone.results.runs[0]!), undefined);
});

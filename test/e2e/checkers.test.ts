/** A checker that cannot be trusted makes the verdict unknown, never pass. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const workload = 'echo one > file; sync -f .; echo saved; echo two > file; sync -f .';
const persistentAnswer = (answer: string): string => `while read -r line; do ${answer}; done`;

interface Checker {
  name: string;
  checker: string;
  persistent?: boolean;
  /** Only where it is to be exceeded: a busy machine would exceed a short one for any checker. */
  timeout?: string;
  verdict: string;
  says: RegExp;
}

const checkers: Checker[] = [
  { name: 'holds', checker: 'exit 0', verdict: 'pass', says: /^/ },
  {
    name: 'violated',
    checker:
      '[ "$PLUGPULL_ACKS" = 0 ] || grep -q two file || { echo the row is gone; echo look >&2; exit 1; }',
    verdict: 'violation',
    says: /the row is gone/,
  },
  {
    name: 'does not accept the undamaged end',
    checker: 'echo never; exit 1',
    verdict: 'unknown',
    says: /does not accept the undamaged end of the run.*it says: never/,
  },
  { name: 'crashes', checker: 'kill -SEGV $$', verdict: 'unknown', says: /killed by signal 11/ },
  { name: 'another exit code', checker: 'echo hm; exit 3', verdict: 'unknown', says: /exit code 3: hm/ },
  { name: 'cannot start', checker: '/no/such/program', verdict: 'unknown', says: /exit code 127/ },
  {
    name: 'hangs',
    checker: 'sleep 600',
    timeout: '50ms',
    verdict: 'unknown',
    says: /did not end within 0\.05 s/,
  },
  {
    name: 'persistent, holds',
    checker: persistentAnswer(`echo '{"outcome":"pass"}'`),
    persistent: true,
    verdict: 'pass',
    says: /^/,
  },
  {
    name: 'persistent, violated',
    checker: persistentAnswer(
      `case "$line" in *'"end"'*) echo '{"outcome":"pass"}';; *saved*) echo '{"outcome":"violation","reason":"row 3"}';; *) echo '{"outcome":"pass"}';; esac`,
    ),
    persistent: true,
    verdict: 'violation',
    says: /row 3/,
  },
  {
    name: 'persistent, garbage',
    checker: persistentAnswer('echo all is well'),
    persistent: true,
    verdict: 'unknown',
    says: /answered "all is well"/,
  },
  {
    name: 'persistent, dies',
    checker: 'exit 0',
    persistent: true,
    verdict: 'unknown',
    says: /persistent checker/,
  },
];

for (const { name, checker, persistent, timeout, verdict, says } of checkers) {
  t.test(`a checker that ${name}: ${verdict}`, async (t) => {
    if (!requires(t, hostNeed)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const options = ['--ack-stdout', '^saved$', '--checker', checker, '--budget', 'recoveries=200'];
    if (persistent) options.push('--checker-persistent');
    if (timeout !== undefined) options.push('--checker-timeout', timeout);
    const { ended, results } = await bench.run([
      ...options,
      '--audit',
      '1',
      '--no-calibrate',
      '--',
      workload,
    ]);
    const run = results.runs[0]!;
    t.equal(run.verdict, verdict, JSON.stringify(run.notes));
    t.match([...run.notes, ...run.findings.map(({ property }) => property)].join('\n'), says);
    t.equal(ended.exitCode, { pass: 0, violation: 1, unknown: 2 }[verdict]);
    t.strictSame(bench.leftovers(), []);
  });
}

t.test('a checker sees the directory, the acks and the crash point', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const seen = join(bench.folder, 'seen');
  writeFileSync(seen, '');
  const checker = `echo "$(cat "$PLUGPULL_STATE")" >> ${seen}; test "$PWD" = "$PLUGPULL_DIR"`;
  const { results } = await bench.run([
    '--ack-stdout',
    '^saved (.*)$',
    '--checker',
    checker,
    '--no-calibrate',
    '--',
    'echo a > a; sync -f .; echo saved first; sync -f .; echo saved second',
  ]);
  t.equal(results.verdict, 'pass');
  const states = readFileSync(seen, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.ok(
    states.some(({ acks }) => acks.join() === 'first,second'),
    'both acks at the end',
  );
  t.ok(states.every(({ acks, crash_point }) => crash_point.acks === acks.length));
});

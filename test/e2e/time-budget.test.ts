/**
 * The time that the user gave is for all of it: a checker that would take an hour is ended by it, in both engines, and
 * nothing it did not say is claimed.
 */
import { rmSync } from 'node:fs';
import t from 'tap';
import { processesMarked } from '../../harness/state/processes.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench } from './plugpull.js';

const program = 'echo x > a; sync a .; echo saved a; echo y > b; echo saved b';
const options = ['--name', 'hangs', '--promise', 'none', '--ack-stdout', '^saved (.*)$'];

async function judged(
  t: { teardown(undo: () => void): void },
  args: string[],
  seconds = 4,
): Promise<RunResult> {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const time = ['--budget', `time=${seconds}s`, '--checker-timeout', '1h'];
  const { results } = await bench.run([...options, ...time, ...args, '--', program]);
  return results.runs[0]!;
}

t.test('the contract engine, and a checker that hangs', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const mark = `hang-${process.pid}-contract`;
  const run = await judged(t, ['--engine', 'contract', '--env', `HANG=${mark}`, '--checker', 'sleep 3600']);
  t.match(run, { contract: 'unknown', findings: [] });
  t.match(run.coverage[0]?.unseen.join(), /explore\.budget\.time/);
  t.same(processesMarked('HANG', mark), []);
});

t.test('one that hangs once something was found: the finding stays, and no cause is made up', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  // It answers for the undamaged end and the first state without b, and hangs from then on.
  const checker = '[ -e b ] && exit 0; mkdir "$SEEN" && { echo "b is gone"; exit 1; }; sleep 3600';
  const seen = `/tmp/plugpull-seen-${process.pid}`;
  const words = ['--engine', 'contract', '--env', `SEEN=${seen}`, '--lanes', '1', '--checker', checker];
  t.teardown(() => rmSync(seen, { recursive: true, force: true }));
  let run: RunResult;
  // On a busy machine it takes longer until there is something to find.
  for (let seconds = 4; ; seconds *= 4) {
    rmSync(seen, { recursive: true, force: true });
    run = await judged(t, words, seconds);
    if (run.findings.length > 0 || seconds > 60) break;
  }
  t.equal(run.contract, 'violation');
  t.equal(run.findings.length, 1);
  t.match(run.findings[0], {
    fix: null,
    property: /^a crash that loses .* was not found out in the time that was set/,
  });
  t.equal(run.protocols?.[0]?.repair ?? null, null, 'no repair that nobody tried');
  t.notMatch(run.notes.join('\n'), /repair by/);
});

t.test('the replay engine, and a checker that hangs', async (t) => {
  if (!requires(t, { root: true, fuse: true, loop: true, fs: 'ext4' })) return;
  const mark = `hang-${process.pid}-replay`;
  const run = await judged(t, [
    '--fs',
    'ext4',
    '--engine',
    'replay',
    '--env',
    `HANG=${mark}`,
    '--checker',
    'sleep 3600',
  ]);
  t.match(run, { observed: 'unknown', findings: [] });
  t.match(run.coverage[0]?.unseen.join(), /the time budget \(explore\.budget\.time\) ended/);
  t.same(processesMarked('HANG', mark), []);
});

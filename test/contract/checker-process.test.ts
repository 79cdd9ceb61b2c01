/** The contract engine's checkers: their limits, what they leave behind, and what they say of themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type CheckerRunner, checkerRunner } from '../../harness/contract/checker/checker-process.js';
import { StateAnswers } from '../../harness/contract/checker/state-answers.js';
import { runContract } from '../../harness/contract/engine.js';
import type { Judgement } from '../../harness/judge/judgement.js';
import { type ScenarioInput, scenario } from '../../harness/scenario/schema/scenario.js';
import { processesMarked } from '../../harness/state/processes.js';
import { requires } from '../require.js';
import { ack, replayWritten, writtenTree } from './written-trace.js';

const env = { ...process.env, CHECKED_BY: `test-${process.pid}` };

function runner(
  t: { teardown(undo: () => void): void },
  run: string,
  { persistent = false, timeout = 3_600_000 } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-checker-'));
  const checker: CheckerRunner = checkerRunner({
    checker: { run, persistent, timeout },
    env,
    stateFile: join(folder, 'state.json'),
  });
  t.teardown(() => {
    checker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const state = {
    directory: folder,
    acks: [],
    maybe: [],
    crash_point: { log_index: 1, reason: 'end', acks: 0 },
  };
  return { checker, check: (leftMs?: number): Promise<Judgement> => checker.check(state, leftMs) };
}

const said = ({ problems }: Judgement): string =>
  problems.map(({ outcome, detail }) => `${outcome}: ${detail}`).join() || 'pass';

t.test('exit code 1 with errors alone is a failure of the checker', async (t) => {
  const failed = await runner(t, 'echo "NameError: x" >&2; exit 1').check();
  t.match(said(failed), /^unknown: the checker failed .*: NameError: x$/);
  const violated = await runner(t, 'echo why >&2; echo row 7; exit 1').check();
  t.match(violated.problems, [{ outcome: 'violation', detail: 'row 7', errors: ['why'] }]);
  const byName = await runner(t, 'echo why > /dev/stderr; echo row 7 > /dev/stdout; exit 1').check();
  t.match(byName.problems, [{ outcome: 'violation', detail: 'row 7', errors: ['why'] }]);
});

t.test('who holds its output open in the background is not waited for, and ended', async (t) => {
  for (const background of ['sleep 3000 &', 'setsid sleep 3000 &', 'setsid sleep 3000 >/dev/null 2>&1 &']) {
    const { checker, check } = runner(t, `${background} exit 0`);
    // Whoever waited for it would do so longer than the test may take.
    t.equal(said(await check()), 'pass', background);
    checker.close();
    t.strictSame(processesMarked('CHECKED_BY', env.CHECKED_BY), [], background);
  }
});

t.test('one that hangs is ended by its limit', async (t) => {
  const hangs = runner(t, 'sleep 600', { timeout: 100 });
  t.equal(said(await hangs.check()), 'unknown: the checker did not end within 0.1 s');
  const persistent = runner(t, 'echo stuck >&2; sleep 600', { persistent: true, timeout: 1000 });
  t.match(said(await persistent.check()), /^unknown: the persistent checker did not answer within 1 s/);
  const endless = runner(t, "tr '\\0' x < /dev/zero", { persistent: true });
  t.match(said(await endless.check()), /^unknown: the persistent checker answered "x{200}" instead/);
});

t.test('the time that the user set ends it before', async (t) => {
  for (const persistent of [false, true]) {
    const { check } = runner(t, 'sleep 600', { persistent, timeout: 300_000 });
    t.match(said(await check(50)), /^unknown: .* within 0\.05 s/);
  }
});

t.test('who is ended while asked is not waited for until the time is up', async (t) => {
  for (const persistent of [false, true]) {
    // Its limit is an hour.
    const { checker, check } = runner(t, 'sleep 3600', { persistent });
    const answer = check();
    checker.close();
    t.match(said(await answer), /^unknown: /, persistent ? 'persistent' : 'one by one');
  }
});

t.test('no more at once than there are lanes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-lanes-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const run = `mkdir ${folder}/lock || { echo another one runs; exit 1; }; sleep 0.02; rmdir ${folder}/lock`;
  const history = replayWritten([ack()]);
  const answers = new StateAnswers({
    history,
    checker: { run, persistent: false, timeout: 30_000 },
    env,
    workDir: folder,
    lanes: 1,
  });
  t.teardown(() => answers.close());
  const point = { position: 1, acks: 0, reason: 'end' as const };
  const judged = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => answers.of({ key: `${n}`, tree: writtenTree({ a: `${n}` }), point })),
  );
  t.strictSame(
    judged.map((each) => said(each!)),
    Array(6).fill('pass'),
  );
});

async function contract(input: Omit<ScenarioInput, 'name'>): ReturnType<typeof runContract> {
  const workDir = mkdtempSync(join(tmpdir(), 'plugpull-contract-'));
  try {
    return await runContract({ scenario: scenario.parse({ name: 'test', ...input }), workDir, env });
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

t.test('a checker that does not accept the undamaged end judges nothing', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const ofChecker = (run: string): ReturnType<typeof runContract> =>
    contract({
      workload: { run: 'echo x > a; sync a; echo saved' },
      ack: { stdout: 'saved' },
      checker: { run },
    });
  const wrong = await ofChecker('[ "$PLUGPULL_ACKS" = 0 ] || { echo no b; exit 1; }');
  t.match(wrong, { outcome: 'unknown', findings: [] });
  t.match(wrong.notes.join('\n'), /does not accept the undamaged end of the run.*it says: no b/);
  const failing = await ofChecker('[ "$PLUGPULL_ACKS" = 0 ] || { echo "NameError: b" >&2; exit 1; }');
  t.match(failing, { outcome: 'unknown', findings: [] });
  t.match(failing.notes.join('\n'), /NameError: b/);
  const right = await ofChecker('[ "$PLUGPULL_ACKS" = 0 ] || [ -e a ] || { echo no a; exit 1; }');
  t.match(right, { outcome: 'violation', findings: [{ lost: ['no a'] }] });
});

t.test('a right program with a writable mapping is not accused by its checker', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const program = `import mmap, os
m = mmap.mmap(os.open("f", os.O_RDWR), 4096)
for n in (1, 2, 3):
    m[0:1] = b"%d" % n; m.flush(); print("ACK", n, flush=True)`;
  const checker = '[ "$(head -c 1 f)" -ge "$PLUGPULL_ACKS" ] || { echo old; exit 1; }';
  const judged = await contract({
    workload: { setup: "head -c 4096 /dev/zero | tr '\\0' 0 > f", run: `python3 -c '${program}'` },
    ack: { stdout: '^ACK (.*)$' },
    checker: { run: checker },
  });
  t.match(judged, { outcome: 'pass', findings: [] });
  t.match(
    judged.notes.join('\n'),
    /the program stores through mappings \(mmap\): the contract is judged by a run that stood still/,
  );
  t.strictSame(
    judged.explanations.flatMap(({ superfluous }) => superfluous),
    [],
  );
});

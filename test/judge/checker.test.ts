/** Checkers of every kind: what they say counts, and what they fail to say is unknown. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CheckerRunner } from '../../harness/judge/checker.js';
import type { CheckerState } from '../../harness/judge/checker-state.js';
import type { Judgement } from '../../harness/judge/judgement.js';

interface Setup {
  persistent?: boolean;
  timeout?: number;
}

/** A runner for a shell command, in a folder that is its recovered directory. */
function runner(t: Tap, run: string, { persistent = false, timeout = 5000 }: Setup = {}) {
  const directory = t.testdir({ 'data.txt': 'hello\n' });
  const checker = new CheckerRunner({
    checker: { run, persistent, timeout },
    homeFolder: directory,
    stateFile: join(directory, '..', 'checker-state.json'),
    env: { EXTRA: 'from the scenario' },
    stderrFile: join(directory, '..', 'checker.err'),
  });
  t.teardown(() => {
    checker.dispose();
  });
  const state: CheckerState = {
    directory,
    acks: ['one', 'two words'],
    maybe: ['three'],
    crash_point: { log_index: 12, reason: 'flush', acks: 2 },
  };
  return { directory, state, check: () => said(checker.check(state)), checker };
}
type Tap = { testdir(fixture?: Record<string, string>): string; teardown(undo: () => void): void };

function said({ problems }: Judgement): string {
  return problems.map(({ outcome, detail }) => `${outcome}: ${detail}`).join() || 'pass';
}

t.test('one-shot', async (t) => {
  const cases: [name: string, run: string, expected: string | RegExp][] = [
    ['holds', 'exit 0', 'pass'],
    ['holds, whatever it prints', 'echo all is lost; exit 0', 'pass'],
    ['violated, with a reason', 'echo "row 7 is gone"; echo more; exit 1', 'violation: row 7 is gone'],
    ['violated, without', 'exit 1', 'violation: the checker gave no reason'],
    ['a usage error', 'echo usage; exit 3', 'unknown: the checker ended with exit code 3: usage'],
    ['exit code 2', 'exit 2', 'unknown: the checker ended with exit code 2'],
    [
      'not there',
      'no-such-checker-anywhere',
      /^unknown: the checker ended with exit code 127: .*no-such-checker-anywhere: not found/,
    ],
    [
      'a failure of its own',
      'echo Traceback >&2; echo "NameError: name" >&2; exit 1',
      'unknown: the checker failed (exit code 1, no reason on standard output, errors on standard error): Traceback | NameError: name',
    ],
    [
      'a failure of its own behind some words',
      'echo checking; printf "Traceback (most recent call last):\\n  File\\nKeyError: 7\\n" >&2; exit 1',
      /^unknown: the checker failed \(exit code 1, by an error that nobody caught\): .*KeyError: 7/,
    ],
    ['violated, with errors besides', 'echo noise >&2; echo "row 7"; exit 1', 'violation: row 7'],
    ['not executable', '/etc/passwd', /^unknown: the checker ended with exit code 12[67]/],
    ['a crash', 'kill -SEGV $$', 'unknown: the checker was killed by signal 11'],
    ['aborted after output', 'echo fine; kill -ABRT $$', 'unknown: the checker was killed by signal 6'],
    ['closes its output early, then holds', 'exec >&-; sleep 0.05; exit 0', 'pass'],
    ['closes its output early, then fails', 'echo early; exec >&-; sleep 0.05; exit 1', 'violation: early'],
    ['more output than a pipe holds', 'echo first; head -c 300000 /dev/zero; exit 1', 'violation: first'],
    ['nothing on its input', 'cat; exit 1', 'violation: the checker gave no reason'],
  ];
  for (const [name, run, expected] of cases) {
    t.test(name, async (t) => {
      const { check } = runner(t, run);
      if (typeof expected === 'string') t.equal(check(), expected);
      else t.match(check(), expected);
    });
  }
});

t.test('one-shot, hanging', async (t) => {
  // Longer than the test may take.
  const { check } = runner(t, 'sleep 3000', { timeout: 100 });
  t.equal(check(), 'unknown: the checker did not end within 0.1 s');
  // Until there was time enough to be started and to close its output.
  for (let seconds = 0.5; ; seconds *= 8) {
    const closed = runner(t, 'exec >&-; sleep 3000', { timeout: seconds * 1000 }).check();
    if (seconds < 30 && closed === `unknown: the checker did not end within ${seconds} s`) continue;
    t.equal(closed, `unknown: the checker closed its output but did not end within ${seconds} s`);
    break;
  }
});

t.test('one-shot: what it is told', async (t) => {
  const { check, state, directory } = runner(
    t,
    'printf "%s|" "$PWD" "$PLUGPULL_DIR" "$PLUGPULL_ACKS" "$PLUGPULL_LAST_ACK" "$EXTRA"; cat "$PLUGPULL_STATE" data.txt | tr "\\n" "|"; exit 1',
  );
  t.equal(
    check(),
    `violation: ${directory}|${directory}|2|two words|from the scenario|${JSON.stringify(state)}hello|`,
  );
});

t.test('an ack that no environment can hold is no fault of the run', async (t) => {
  const { checker, state } = runner(t, 'exit 0');
  t.match(said(checker.check({ ...state, acks: ['a\0b'] })), /^unknown: the checker cannot be started: /);
  t.match(
    said(checker.check({ ...state, acks: ['x'.repeat(200_000)] })),
    /^unknown: the checker cannot be started: /,
  );
});

/** Whether a process still runs (a zombie does not). */
function runs(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

t.test('what a checker leaves behind is killed', async (t) => {
  const { check, directory } = runner(t, 'sleep 3000 >/dev/null 2>&1 & echo $! > left; exit 0');
  t.equal(check(), 'pass');
  const left = Number(readFileSync(join(directory, 'left'), 'utf8'));
  for (let i = 0; i < 10_000 && runs(left); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  t.notOk(runs(left));
});

t.test('descriptors are given back', async (t) => {
  const { check } = runner(t, 'exit 0');
  check();
  const open = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 10; i++) check();
  t.ok(readdirSync('/proc/self/fd').length <= open);
});

const persistent = { persistent: true };
/** Answers each line with the next of the given words. */
const answering = (...answers: string[]): string =>
  `${answers.map((answer) => `read line && ${answer}`).join(' && ')} && sleep 60`;
const answer = (text: string): string => `echo '${text}'`;

t.test('persistent: one process for many states', async (t) => {
  const { check } = runner(
    t,
    answering(
      answer('{"outcome":"pass"}'),
      answer('{"outcome":"violation","reason":"row 7 is gone"}'),
      answer('{"outcome":"unknown","reason":"cannot open"}'),
      answer('{"outcome":"violation"}'),
      'echo "{\\"outcome\\":\\"violation\\",\\"reason\\":\\"$$\\"}"',
      'echo "{\\"outcome\\":\\"violation\\",\\"reason\\":\\"$$\\"}"',
    ),
    persistent,
  );
  t.equal(check(), 'pass');
  t.equal(check(), 'violation: row 7 is gone');
  t.equal(check(), 'unknown: the checker cannot tell: cannot open');
  t.equal(check(), 'violation: the checker gave no reason');
  t.equal(check(), check(), 'the same process');
});

t.test('persistent: it gets the state as one line', async (t) => {
  const { check, state, directory } = runner(
    t,
    `while IFS= read -r line; do printf '%s\\n' "$line" > seen; ${answer('{"outcome":"pass"}')}; done`,
    persistent,
  );
  t.equal(check(), 'pass');
  t.equal(readFileSync(join(directory, 'seen'), 'utf8'), `${JSON.stringify(state)}\n`);
});

t.test('persistent: without an answer it is unknown, and the next state gets a fresh one', async (t) => {
  /** Misbehaves the first time, then passes. */
  const once = (trouble: string): string =>
    `read line; if [ -e tried ]; then ${answer('{"outcome":"pass"}')}; sleep 60; fi; touch tried; ${trouble}`;
  const cases: [name: string, trouble: string, expected: RegExp][] = [
    ['ends', 'exit 7', /^unknown: the persistent checker ended instead of answering \(exit code 7\)$/],
    [
      'crashes',
      'kill -SEGV $$',
      /^unknown: the persistent checker ended instead of answering \(killed by signal 11\)$/,
    ],
    [
      'closes its output',
      'exec >&-; sleep 60',
      /^unknown: the persistent checker ended instead of answering$/,
    ],
    ['hangs', 'sleep 60', /^unknown: the persistent checker did not answer within [\d.]+ s$/],
    [
      'prints half a line',
      'printf "{\\"outcome\\":"; sleep 60',
      /^unknown: the persistent checker did not answer within/,
    ],
    [
      'prints garbage',
      'echo yes it is fine; sleep 60',
      /^unknown: the persistent checker answered "yes it is fine" instead/,
    ],
    [
      'prints another shape',
      'echo "{\\"verdict\\":\\"pass\\"}"; sleep 60',
      /^unknown: the persistent checker answered .* instead/,
    ],
    [
      'a reason of another type',
      'echo "{\\"outcome\\":\\"pass\\",\\"reason\\":5}"; sleep 60',
      /^unknown: .* instead/,
    ],
    [
      'prints without end',
      "tr '\\0' x < /dev/zero",
      /^unknown: the persistent checker answered "x{200}" instead/,
    ],
    ['prints null', 'echo null; sleep 60', /^unknown: the persistent checker answered "null" instead/],
  ];
  for (const [name, trouble, expected] of cases) {
    t.test(name, async (t) => {
      // Until there was time enough to be started, and to answer.
      const limits = expected.source.includes('within') ? [500, 4000, 30_000] : [300_000];
      for (const timeout of limits) {
        const { check } = runner(t, once(trouble), { persistent: true, timeout });
        const [first, second] = [check(), check()];
        if (second !== 'pass' && timeout !== limits.at(-1)) continue;
        t.match(first, expected);
        t.equal(second, 'pass');
        break;
      }
    });
  }
});

t.test('persistent: one that never starts', async (t) => {
  const { check } = runner(t, 'no-such-checker-anywhere', persistent);
  t.match(check(), /^unknown: the persistent checker (ended instead of answering|cannot be asked)/);
  t.match(check(), /^unknown: /);
});

t.test('persistent: one that ends between two states', async (t) => {
  const { check } = runner(t, `read line; ${answer('{"outcome":"pass"}')}; exit 0`, persistent);
  t.equal(check(), 'pass');
  const until = Date.now() + 50;
  while (Date.now() < until);
  t.match(check(), /^unknown: the persistent checker (ended instead of answering|cannot be asked)/);
  t.equal(check(), 'pass', 'and a fresh one after that');
});

t.test('a limit is that of a time that passes, whatever the clock is set to', async (t) => {
  const own = Date.now;
  t.teardown(() => {
    Date.now = own;
  });
  // An hour further each time somebody looks.
  let hours = 0;
  Date.now = () => own() + 3_600_000 * hours++;
  t.equal(runner(t, 'sleep 0.1; exit 0').check(), 'pass');
  t.equal(runner(t, `while read line; do ${answer('{"outcome":"pass"}')}; done`, persistent).check(), 'pass');
});

t.test('one whose leftovers were ended is asked again', async (t) => {
  for (const persistent of [false, true]) {
    const run = persistent
      ? `while read line; do sleep 100 & echo '{"outcome":"pass"}'; done`
      : 'sleep 100 & echo said >&2; exit 0';
    const { check, checker } = runner(t, run, { persistent });
    t.equal(check(), 'pass');
    // As where it holds the recovered file system, which has to be unmounted.
    checker.endPersistent();
    t.equal(check(), 'pass');
  }
});

/** The search for crash directories that a checker rejects: what ends it is a count, spread over all crash points. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type CheckedStates, checkStates } from '../../harness/contract/checker/check-states.js';
import { ChoiceOrder } from '../../harness/contract/checker/choice-order.js';
import { StateAnswers } from '../../harness/contract/checker/state-answers.js';
import { crashUnits, pendingAt } from '../../harness/contract/crash/units.js';
import { durability } from '../../harness/model/durability.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { explore } from '../../harness/scenario/schema/explore.js';
import type { ScenarioInput } from '../../harness/scenario/schema/scenario.js';
import { ack, close, create, directorySynced, replayWritten, sync, unlink, write } from './written-trace.js';

type Explore = NonNullable<ScenarioInput['explore']>;

async function checked(
  calls: readonly string[],
  checker: string,
  options: { explore?: Explore; lanes?: number; files?: Record<string, string> } = {},
): Promise<CheckedStates & { asked: number }> {
  const workDir = mkdtempSync(join(tmpdir(), 'plugpull-states-'));
  const history = replayWritten(calls, options.files);
  const answers = new StateAnswers({
    history,
    checker: { run: checker, persistent: false, timeout: 60_000 },
    env: process.env,
    workDir,
    lanes: options.lanes ?? 2,
  });
  try {
    const found = await checkStates({
      history,
      model: persistenceModel('posix'),
      explore: explore.parse(options.explore ?? {}),
      answers,
      ignored: [],
    });
    return { ...found, asked: answers.asked };
  } finally {
    answers.close();
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Files made and synced one after the other, each acked; the name of the last one is not synced. */
const lateBug = Array.from({ length: 8 }, (_, index) => index + 1).flatMap((n) => [
  create(`f${n}`),
  write(`f${n}`, 'x'),
  sync(`f${n}`),
  close(),
  ...(n < 8 ? directorySynced() : []),
  ack(`${n}`),
]);
const everyAcked = 'for n in $(seq $PLUGPULL_ACKS); do [ -e f$n ] || { echo "f$n is gone"; exit 1; }; done';

/** What a reader is told. */
const verdict = ({ breaches, unknown, unexplained, coverage, repair }: CheckedStates): unknown => ({
  breaches: breaches.map(({ lost, acks, missing }) => ({ lost, acks, afterStep: missing?.afterStep })),
  unknown,
  unexplained,
  coverage,
  repair,
});

t.test('a mistake at the last crash point is found, however slow the checker is', async (t) => {
  const found = await checked(lateBug, everyAcked);
  const slow = await checked(lateBug, `sleep 0.05; ${everyAcked}`, { lanes: 1 });
  t.match(found, { breaches: [{ lost: ['f8 is gone'] }], coverage: { exhaustive: true, unseen: [] } });
  t.strictSame(slow.coverage, found.coverage);
  t.strictSame(slow.repair, found.repair);
  t.match(found.repair, { additions: ["fsync(.) before ack '8'"], verified: true, over: /^all \d+ crash/ });
});

t.test('the same under heavy load', async (t) => {
  const alone = await checked(lateBug, everyAcked);
  const load = Array.from({ length: 6 }, () =>
    spawn('/bin/sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }),
  );
  t.teardown(() => load.forEach((busy) => void busy.kill('SIGKILL')));
  const loaded = await checked(lateBug, everyAcked);
  for (const busy of load) busy.kill('SIGKILL');
  t.strictSame(verdict(loaded), verdict(alone));
});

t.test('a count that is too small for a pass says so, and is spread over the crash points', async (t) => {
  const right = [...lateBug.slice(0, -1), ...directorySynced(), ack('8')];
  const cut = await checked(right, everyAcked, { explore: { budget: { directories: 10 } } });
  t.match(cut.coverage, { states: '10', exhaustive: false, systematic: false });
  t.match(cut.coverage.unseen, [
    /^at \d+ of \d+ crash points not even each prefix .*\(explore\.budget\.directories\)$/,
  ]);
  const whole = await checked(right, everyAcked);
  t.match(whole.coverage, { exhaustive: true, systematic: true, unseen: [] });
});

t.test('more than all combinations can be shown: systematic, and said', async (t) => {
  const calls = [
    create('out'),
    ...Array.from({ length: 10 }, (_, n) => write('out', `block${n}`)),
    close(),
    unlink('f'),
    ack(),
  ];
  const files = { f: 'source' };
  const { coverage } = await checked(calls, 'true', { files });
  t.match(coverage, { exhaustive: false, systematic: true });
  t.match(coverage.unseen, [/only each prefix, each single omission and some of the other combinations/]);
});

t.test('states equal in content and acks are shown once', async (t) => {
  const { asked, coverage } = await checked(lateBug, everyAcked);
  t.ok(asked <= Number(coverage.states) + 20, `${asked} shown for ${coverage.states} states`);
});

t.test('the order: nothing, all, each omission and each prefix first, each choice once', async (t) => {
  const history = replayWritten([create('a'), write('a', 'x'), create('b', 4), ack()]);
  const model = persistenceModel('posix');
  const set = crashUnits(pendingAt(history.effects, durability(history, model), history.end), model);
  const order = new ChoiceOrder(set, 1);
  const shown = (choices: readonly (readonly boolean[])[]): string[] =>
    choices.map((choice) => choice.map((present) => (present ? '1' : '0')).join(''));
  const count = set.units.length;
  const least = shown(order.take(100, 'systematic'));
  const expected = ['0'.repeat(count), '1'.repeat(count)];
  for (let missing = 0; missing < count; missing++)
    expected.push(`${'1'.repeat(missing)}0${'1'.repeat(count - missing - 1)}`);
  for (let length = 1; length < count; length++)
    expected.push('1'.repeat(length) + '0'.repeat(count - length));
  t.strictSame([...least].sort(), [...new Set(expected)].sort());
  t.ok(order.systematic);
  const all = [...least, ...shown(order.take(100, 'all'))];
  t.equal(new Set(all).size, 2 ** count);
  t.equal(all.length, 2 ** count);
  t.ok(order.exhausted);
});

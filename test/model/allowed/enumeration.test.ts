import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { enumerateCrashTrees, keeps, visibleAt } from '../../../bench/differential/enumeration.js';
import { judgeDurability } from '../../../harness/contract/breach/durability.js';
import { AllowedStates } from '../../../harness/model/allowed/allowed-states.js';
import { CallClock } from '../../../harness/model/allowed/crash-moment.js';
import { Content } from '../../../harness/model/content.js';
import type { DirectoryTree } from '../../../harness/model/directory-tree.js';
import { durability } from '../../../harness/model/durability.js';
import { modelNames, persistenceModel } from '../../../harness/model/model-catalogue.js';
import { promise } from '../../../harness/scenario/schema/promise.js';
import { writtenProgram, writtenProgramFiles } from '../../contract/written-program.js';
import {
  create,
  directorySynced,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
  writtenLog,
  writtenTree,
} from '../../contract/written-trace.js';

const runs = Number(process.env.PLUGPULL_RUNS ?? 300);
for (const name of modelNames) {
  t.test(`${name}: the analytical judge and enumeration agree`, async (t) => {
    const model = persistenceModel(name);
    let compared = 0;
    fc.assert(
      fc.property(writtenProgram, (calls) => {
        const history = replayWritten(calls, writtenProgramFiles);
        const [first] = history.acks;
        fc.pre(first !== undefined);
        const trees = enumerateCrashTrees(history, model, first!.at);
        fc.pre(trees !== null);
        const visible = visibleAt(history, first!.at);
        const broken = trees!.some((tree) => !keeps(visible, tree));
        const { breaches } = judgeDurability({
          history: { ...history, acks: [first!] },
          durable: durability(history, model),
          model,
          promises: promise.parse({ snapshot: true }),
        });
        compared++;
        const atAck = breaches.filter(({ ack }) => ack !== null);
        return broken ? breaches.length > 0 : atAck.length === 0;
      }),
      { numRuns: runs },
    );
    t.ok(compared > 0, `${compared} programs`);
  });

  t.test(`${name}: each enumerated tree is allowed, a tree with a strange byte is not`, async (t) => {
    const model = persistenceModel(name);
    fc.assert(
      fc.property(writtenProgram, (calls) => {
        const history = replayWritten(calls, writtenProgramFiles);
        const trees = enumerateCrashTrees(history, model, history.end);
        fc.pre(trees !== null);
        const states = new AllowedStates(history, model);
        for (const tree of trees!) {
          const verdict = states.allows(tree);
          if (!verdict.allowed) throw new Error(`${verdict.path} ${verdict.reason}`);
        }
        const strange: DirectoryTree = new Map(trees![0]);
        strange.set('stranger', {
          kind: 'file',
          identity: 'stranger',
          mode: 0,
          content: new Content(),
          target: null,
        });
        return !states.allows(strange).allowed;
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
    t.pass();
  });
}

t.test('a lost name, a lost size and a changed byte that were durable are not allowed', async (t) => {
  const calls = [
    'openat(AT_FDCWD</w>, "b", O_WRONLY|O_CREAT, 0644) = 3</w/b>',
    'write(3</w/b>, "hello", 5) = 5',
    'sync() = 0',
  ];
  const history = replayWritten(calls);
  const states = new AllowedStates(history, persistenceModel('posix'));
  const tree = (text: string | null): DirectoryTree => {
    const result: DirectoryTree = new Map([
      ['', { kind: 'directory', identity: 0, mode: 0, content: null, target: null }],
    ]);
    if (text !== null) {
      result.set('b', {
        kind: 'file',
        identity: 1,
        mode: 0,
        content: Content.of(Buffer.from(text)),
        target: null,
      });
    }
    return result;
  };
  t.ok(states.allows(tree('hello')).allowed);
  for (const text of [null, 'hell', 'hellO', '']) t.notOk(states.allows(tree(text)).allowed, String(text));
});

t.test('a recovered tree is judged at the moment of the crash', async (t) => {
  const { calls } = writtenLog([create('b'), write('b', 'hello'), sync('b'), ...directorySynced()]);
  const history = replayWritten([create('b'), write('b', 'hello'), sync('b'), ...directorySynced()]);
  const states = new AllowedStates(history, persistenceModel('posix'));
  t.ok(states.allows(writtenTree({ b: 'hello' })).allowed);
  t.match(states.allows(writtenTree()), { allowed: false, path: 'b', reason: /is gone/ });
  const clock = new CallClock(calls);
  const early = { moment: clock.momentAt(1003n * 1_000_000_000n) };
  t.ok(states.allows(writtenTree(), early).allowed, 'before the directory is synced');
  t.ok(states.allows(writtenTree({ b: 'hello' }), early).allowed);
  const begun = { moment: clock.momentAt(999n * 1_000_000_000n) };
  t.notOk(states.allows(writtenTree({ b: '' }), begun).allowed, 'before it was made');
});

t.test(
  'what answering takes is counted, the same each time, and an answer that is known takes nothing',
  async (t) => {
    const history = replayWritten([create('b'), write('b', 'hello'.repeat(2000)), create('c', 4)]);
    const work = (): number => {
      const states = new AllowedStates(history, persistenceModel('posix'));
      t.equal(states.work, 0);
      const tree = writtenTree({ b: 'hello'.repeat(2000) });
      states.allows(tree);
      const asked = states.work;
      t.ok(asked >= 2 + 10_000 / 256, 'two names and the bytes of one');
      states.allows(tree);
      t.equal(states.work, asked);
      return asked;
    };
    t.equal(work(), work());
  },
);

t.test('an answer given for one moment is never taken for another', async (t) => {
  const program = [create('a'), write('a', 'one'), sync('a'), ...directorySynced()];
  const lines = [...program, rename('a', 'b'), ...directorySynced(), write('b', 'two'), unlink('b')];
  const history = replayWritten(lines);
  const trees = [{}, { a: '' }, { a: 'one' }, { b: 'one' }, { b: 'two' }, { a: 'one', b: 'one' }].map(
    (files) => writtenTree(files),
  );
  for (const model of ['posix', 'ext2', 'linux-ext4-ordered', 'btrfs'].map((name) =>
    persistenceModel(name),
  )) {
    const asked = new AllowedStates(history, model);
    const answers = new Set<boolean>();
    const differing: string[] = [];
    const last = Math.max(...history.steps.map(({ exit }) => exit)) + 2;
    for (const tree of trees)
      for (let begun = 0; begun <= last; begun++)
        for (let returned = 0; returned <= begun; returned++) {
          const when = { moment: { begun, returned } };
          const answer = asked.allows(tree, when);
          if (!isDeepStrictEqual(answer, new AllowedStates(history, model).allows(tree, when)))
            differing.push(`${begun} ${returned}`);
          answers.add(answer.allowed);
        }
    t.strictSame(differing, [], model.name);
    t.equal(answers.size, 2, 'some are allowed, some are not');
  }
});

/** The next run begins when the last one lets it, and no more than two go on at once. */
import t from 'tap';
import { oneAhead } from '../../harness/run/one-ahead.js';
import { Turns } from '../../harness/run/turns.js';

interface Begun {
  letNext(): void;
  end(outcome: string): void;
  fail(): void;
}

/** Things that go on until the test ends them. */
function things(names: readonly string[]) {
  const begun: Record<string, Begun> = {};
  const givenUp: string[] = [];
  const outcomes = oneAhead(
    names,
    (name, letNext) =>
      new Promise<string>((resolve, reject) => {
        begun[name] = { letNext, end: resolve, fail: () => reject(new Error(name)) };
      }),
    () => {
      for (const [name, { fail }] of Object.entries(begun)) {
        givenUp.push(name);
        fail();
      }
    },
  );
  return { begun, outcomes, givenUp, names: () => Object.keys(begun).join('') };
}

t.test('one after the other where none lets the next one begin', async (t) => {
  const { begun, outcomes, names } = things(['a', 'b']);
  const first = outcomes.next();
  t.equal(names(), 'a');
  begun.a!.end('A');
  t.equal((await first).value, 'A');
  const second = outcomes.next();
  t.equal(names(), 'ab');
  begun.b!.end('B');
  t.equal((await second).value, 'B');
  t.equal((await outcomes.next()).done, true);
});

t.test('two at a time, told in their order', async (t) => {
  const { begun, outcomes, names, givenUp } = things(['a', 'b', 'c', 'd']);
  const first = outcomes.next();
  begun.a!.letNext();
  t.equal(names(), 'ab');
  begun.b!.letNext();
  t.equal(names(), 'ab', 'a goes on');
  begun.b!.end('B');
  begun.a!.end('A');
  t.equal((await first).value, 'A');
  const second = outcomes.next();
  t.equal(names(), 'abc', 'as b had let it begin');
  t.equal((await second).value, 'B');
  const third = outcomes.next();
  t.equal(names(), 'abc', 'c has not let d begin');
  begun.c!.end('C');
  t.equal((await third).value, 'C');
  const fourth = outcomes.next();
  begun.d!.letNext();
  begun.d!.end('D');
  t.equal((await fourth).value, 'D');
  t.equal((await outcomes.next()).done, true);
  t.strictSame(givenUp, [], 'nobody gave up');
});

t.test('when one fails, the one that was begun with it is told, and waited for', async (t) => {
  const { begun, outcomes, givenUp, names } = things(['a', 'b', 'c']);
  const first = outcomes.next();
  begun.a!.letNext();
  begun.a!.fail();
  await t.rejects(first, { message: 'a' });
  t.strictSame(givenUp, ['a', 'b']);
  t.equal(names(), 'ab');
});

t.test('one workload runs at a time, and one that fails keeps nobody from running', async (t) => {
  const turns = new Turns();
  const said: string[] = [];
  const say = (name: string) => async () => {
    said.push(`${name} begins`);
    await Promise.resolve();
    said.push(`${name} ends`);
    if (name === 'a') throw new Error(name);
    return name;
  };
  const [a, b] = [turns.take(say('a')), turns.take(say('b'))];
  await t.rejects(a, { message: 'a' });
  t.equal(await b, 'b');
  t.strictSame(said, ['a begins', 'a ends', 'b begins', 'b ends']);
});

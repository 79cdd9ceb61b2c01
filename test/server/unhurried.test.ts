/** Limits on a busy machine: what a program did not get of a moment does not count. */
import t from 'tap';
import { limitOver, mostStretch, shareOf, UnhurriedLimit } from '../../harness/server/unhurried.js';

t.test('a moment counts as much as a program gets of it', async (t) => {
  t.equal(shareOf(1, 2), 1);
  t.equal(shareOf(2, 2), 1);
  t.equal(shareOf(8, 2), 1 / 4);
  t.equal(shareOf(0, 2), 1, 'whoever asks runs');
  t.equal(shareOf(10_000, 2), 1 / mostStretch, 'and some of it always does');
});

t.test('a limit is looked at as often as it takes, and ends at once with what it was for', async (t) => {
  let looks = 0;
  const never = new AbortController().signal;
  await limitOver(200, never, () => {
    looks++;
    // What the test itself is late does not count either, until it has looked often enough.
    return looks < 5 ? 0 : 1;
  });
  t.ok(looks >= 5, `${looks} looks`);
  looks = 0;
  const over = new AbortController();
  await limitOver(1_000_000, over.signal, () => {
    over.abort();
    looks++;
    return 1;
  });
  t.equal(looks, 1);
});

t.test('who waits without an event loop asks what is left', async (t) => {
  let share = 0;
  const limit = new UnhurriedLimit(10, () => share);
  const until = performance.now() + 30;
  while (performance.now() < until) if (limit.isOver) t.fail('it is over');
  t.equal(limit.nextLookMs, 10, 'nothing of it counted');
  share = 1;
  while (!limit.isOver) if (limit.nextLookMs > 10) t.fail('it grew');
  t.equal(limit.nextLookMs, 0);
  t.equal(new UnhurriedLimit(60_000, () => 1).nextLookMs, 100, 'and looks again soon');
});

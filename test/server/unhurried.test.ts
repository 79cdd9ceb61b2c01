/** Limits on a busy machine: what a program did not get of a moment does not count. */
import t from 'tap';
import { limitOver, mostStretch, shareOf } from '../../harness/server/unhurried.js';

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

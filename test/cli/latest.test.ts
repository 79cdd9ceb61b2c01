/** Of what is told faster than anybody reads, the latest is passed on. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Latest } from '../../harness/cli/work/latest.js';

t.test('the first at once, then the latest, and the last one in any case', async (t) => {
  const given: number[] = [];
  const latest = new Latest<{ n: number }>(({ n }) => given.push(n));
  for (let n = 0; n < 100_000; n++) latest.take({ n });
  t.equal(given[0], 0);
  // However slow the machine is: one for each 50 ms.
  t.ok(given.length < 20_000, `${given.length} of 100,000`);
  while (given.at(-1) !== 99_999) await sleep(5);
  latest.take({ n: -1 });
  latest.take({ n: -2 });
  latest.passOn();
  t.equal(given.at(-1), -2);
  const count = given.length;
  latest.passOn();
  t.equal(given.length, count, 'nothing is passed on twice');
});

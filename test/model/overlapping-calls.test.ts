import fc from 'fast-check';
import t from 'tap';
import { OverlappingCalls } from '../../harness/model/replay/overlapping-calls.js';

const moment = fc.integer({ min: 0, max: 30 });
const call = fc.tuple(moment, moment).map(([enter, lasted]) => ({ enter, exit: enter + lasted }));

t.test('the same calls as by looking at each', async (t) => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 12 }), call, (calls, during) => {
      const expected = calls.filter(({ enter, exit }) => enter < during.exit && exit > during.enter);
      const found = [...new OverlappingCalls(calls).with(during)];
      return found.length === expected.length && expected.every((one) => found.includes(one));
    }),
  );
  t.pass('held');
});

t.test('what is over is not looked at', async (t) => {
  let looked = 0;
  const past = Array.from({ length: 1000 }, (_, i) => ({
    enter: 2 * i,
    get exit() {
      looked++;
      return 2 * i + 1;
    },
  }));
  const calls = new OverlappingCalls(past);
  looked = 0;
  t.same([...calls.with({ enter: 1998.5, exit: 1999.5 })].length, 1);
  t.ok(looked <= 2, `${looked} of 1000`);
});

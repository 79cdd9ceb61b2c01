import t from 'tap';
import { requires } from '../require.js';

function recorder() {
  const calls: string[] = [];
  return {
    calls,
    plan: (count: number, reason: string) => calls.push(`plan ${count}: ${reason}`),
    fail: (message: string) => calls.push(`fail: ${message}`),
  };
}

const absent = { commands: ['no-such-tool'] };
const reason = 'needs no-such-tool (not installed)';

t.test('with everything there the test goes on', async (t) => {
  const inner = recorder();
  t.ok(requires(inner, { commands: ['node'] }));
  t.same(inner.calls, []);
});

t.test('without, it is skipped with the reason', async (t) => {
  const inner = recorder();
  t.notOk(requires(inner, absent, ''));
  t.same(inner.calls, [`plan 0: ${reason}`]);
});

t.test('PLUGPULL_REQUIRE=all turns the skip into a failure', async (t) => {
  const inner = recorder();
  t.notOk(requires(inner, absent, 'all'));
  t.same(inner.calls, [`fail: ${reason}`]);
});

/** A guest that hangs: QEMU is there, and nothing answers any more. */
import t from 'tap';
import { processesMarked } from '../../../harness/state/processes.js';
import { runMark } from '../../../harness/state/run-space.js';
import { GuestLostError } from '../../../vm/machine/guest-lost.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { TestGuest } from '../test-guest.js';

t.test('a guest that hangs is lost with its last words, and is ended all the same', async (t) => {
  if (!requires(t, { qemu: true })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const guest = await TestGuest.start(bench);
  try {
    const { machine } = guest;
    await guest.sh('echo "<0>last words" > /dev/kmsg');
    const [qemu] = processesMarked(runMark, guest.space.id);
    process.kill(qemu!, 'SIGSTOP');
    const lost = await machine.agent.call('hello', {}, { timeoutMs: 300 }).then(
      () => t.fail('it answered'),
      (error: unknown) => error,
    );
    t.type(lost, GuestLostError);
    t.match((lost as Error).message, /the guest did not answer hello within 0\.3 s.*last words/s);
    t.notOk(machine.alive, 'nobody is given this guest any more');
    await t.rejects(machine.agent.run(['true']), GuestLostError, 'and nothing waits for it again');
  } finally {
    await guest.close();
  }
  t.same(bench.leftovers(), []);
});

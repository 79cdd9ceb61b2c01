/** What had returned when the power failed, as far as the stamps of a system-call log prove it. */
import t from 'tap';
import { CallClock } from '../../../harness/model/allowed/crash-moment.js';
import type { Call } from '../../../harness/syscalls/call.js';
import { parseTraceLog } from '../../../harness/syscalls/trace-log.js';

/** Two processes: the first one's fsync is logged as taking 1 ms of the 5 until its next call. */
const log = `7 1000.000000000 sync() = 0 <0.001000000>
8 1000.002000000 sync() = 0 <0.001000000>
7 1000.005000000 close(3) = 0 <0.000010000>
8 1000.006000000 exit_group(0) = ?
8 1000.006500000 +++ exited with 0 +++
7 1000.007000000 sync() = 0 <0.001000000>
7 1000.009000000 exit_group(0) = ?
7 1000.009500000 +++ exited with 0 +++
`;

t.test('a call has returned when its thread makes the next one, not when strace says', async (t) => {
  const { calls, faults } = parseTraceLog(log);
  t.strictSame(faults, []);
  const clock = new CallClock(calls);
  const at = (ms: number) => clock.momentAt(1_000_000_000_000n + BigInt(ms) * 1_000_000n);
  t.strictSame(at(0), { begun: 2, returned: 1 });
  t.strictSame(at(3), { begun: 3, returned: 1 }, 'stamp plus duration is over; the return need not be');
  t.strictSame(at(5), { begun: 4, returned: 2 });
  t.strictSame(at(6), { begun: 4, returned: 2 });
  t.strictSame(at(8), { begun: 7, returned: 6 }, 'a process that ended holds nothing up');
  t.strictSame(at(10), { begun: 9, returned: Number.POSITIVE_INFINITY });
});

t.test('at each moment it is what looking at all calls comes to', async (t) => {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const stamp = `${1000 + Math.floor((i * 7) / 3) / 1000}`.padEnd(8, '0');
    return i % 17 === 16
      ? `${7 + (i % 3)} ${stamp}00000 exit_group(0) = ?`
      : `${7 + (i % 3)} ${stamp}00000 sync() = 0 <0.000001000>`;
  });
  const { calls } = parseTraceLog(`${lines.join('\n')}\n`);
  const clock = new CallClock(calls);
  const nextOf = ({ pid, enter }: Call): bigint | undefined =>
    calls.filter((other) => other.pid === pid && other.enter > enter).sort((a, b) => a.enter - b.enter)[0]
      ?.startNs;
  for (let ms = -1; ms < 150; ms++) {
    const time = 1_000_000_000_000n + BigInt(ms) * 1_000_000n;
    const begun = calls.filter(({ startNs }) => startNs <= time).map(({ enter }) => enter + 1);
    const open = calls.filter(
      (call) => call.operation.op !== 'exit' && !((nextOf(call) ?? time + 1n) <= time),
    );
    t.strictSame(clock.momentAt(time), {
      begun: Math.max(0, ...begun),
      returned: Math.min(Number.POSITIVE_INFINITY, ...open.map(({ exit }) => exit)),
    });
  }
});

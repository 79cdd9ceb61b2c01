import type { CrashPoint } from '../../explore/crash-points.js';
import { CallClock, type CrashMoment } from '../../model/allowed/crash-moment.js';
import type { History } from '../../model/history.js';
import type { Call } from '../../syscalls/call.js';
import type { Trace } from '../../trace/trace.js';

/**
 * Which calls had returned, and which had been entered, at each crash point: by the clock where the recorder noted it,
 * else by the acks alone, which leaves more open.
 */
export function momentsOf(
  history: History,
  calls: readonly Call[],
  { clock, acks }: Trace,
  points: readonly CrashPoint[],
): (point: number) => CrashMoment {
  const callClock = new CallClock(calls);
  const durableAt = new Map(clock?.durable_at);
  const started = clock ? BigInt(clock.started_unix_ns) : null;
  const nanoseconds = ({ reason, logIndex, openFua, acks: given }: CrashPoint): bigint | null => {
    const since =
      reason === 'flush'
        ? durableAt.get(logIndex)
        : reason === 'fua'
          ? durableAt.get(openFua)
          : reason === 'ack' || reason === 'before_ack'
            ? acks[reason === 'ack' ? given - 1 : given]?.time_ns
            : undefined;
    return since === undefined || started === null ? null : started + BigInt(since);
  };
  const moments = new Map<number, CrashMoment>();
  return (id) => {
    const known = moments.get(id);
    if (known) return known;
    const point = points[id]!;
    const byAcks = point.acks > 0 ? history.acks[point.acks - 1]!.at : 0;
    const time = nanoseconds(point);
    const byClock = time === null ? null : callClock.momentAt(time);
    const moment =
      point.reason === 'end'
        ? { begun: Number.POSITIVE_INFINITY, returned: Number.POSITIVE_INFINITY }
        : {
            begun: byClock?.begun ?? Number.POSITIVE_INFINITY,
            returned: Math.max(byAcks, byClock?.returned ?? 0),
          };
    moments.set(id, moment);
    return moment;
  };
}

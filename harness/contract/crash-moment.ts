import type { Call } from '../syscalls/call.js';

/** When the power failed, against the system-call log. */
export interface CrashMoment {
  /** Calls entered before this position may have had their effect. */
  begun: number;
  /** Calls that returned before this position had kept their promise. */
  returned: number;
}

/** The moment for a wall-clock time (nanoseconds since 1970), as the trace's time stamps have it. */
export function crashMomentAt(calls: readonly Call[], timeNs: bigint): CrashMoment {
  let begun = 0;
  let returned = Number.POSITIVE_INFINITY;
  for (const call of calls) {
    if (call.startNs !== 0n && call.startNs <= timeNs) begun = Math.max(begun, call.enter + 1);
    if (call.endNs > timeNs || !Number.isFinite(call.exit)) returned = Math.min(returned, call.exit);
  }
  return { begun, returned };
}

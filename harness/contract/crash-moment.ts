import type { Call } from '../syscalls/call.js';

/** When the power failed, against the system-call log. */
export interface CrashMoment {
  /** Calls entered before this position may have had their effect. */
  begun: number;
  /** Calls that returned before this position had kept their promise. */
  returned: number;
}

/**
 * Which calls a moment of the wall clock lies between.
 *
 * strace stamps a call before the kernel begins it. When it ended is not as sure: strace counts its duration from
 * behind the printing of the arguments, which takes a while itself, so stamp plus duration can lie milliseconds before
 * the return. A call has returned for certain when the same thread's next one is stamped.
 */
export class CallClock {
  private readonly stamped: { call: Call; returnedNs: bigint | null }[];

  /** All calls of a log, in its order. */
  constructor(calls: readonly Call[]) {
    const next = new Map<number, bigint>();
    const entered = [...calls].sort((a, b) => b.enter - a.enter);
    this.stamped = entered.map((call) => {
      const returnedNs = next.get(call.pid) ?? null;
      if (call.startNs !== 0n) next.set(call.pid, call.startNs);
      return { call, returnedNs };
    });
  }

  /** @param timeNs nanoseconds since 1970 */
  momentAt(timeNs: bigint): CrashMoment {
    let begun = 0;
    let returned = Number.POSITIVE_INFINITY;
    for (const { call, returnedNs } of this.stamped) {
      if (call.startNs !== 0n && call.startNs <= timeNs) begun = Math.max(begun, call.enter + 1);
      // Ending returns never, and promises nothing.
      if (call.operation.op === 'exit') continue;
      if (returnedNs === null || returnedNs > timeNs) returned = Math.min(returned, call.exit);
    }
    return { begun, returned };
  }
}

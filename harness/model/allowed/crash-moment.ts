import type { Call } from '../../syscalls/call.js';
import { firstWhere } from '../first-where.js';

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
  /** By stamp: how far calls had begun with each. */
  private readonly begun: readonly Since[];
  /** By moment of return, latest first: before which position calls have returned, that one and all later ones not. */
  private readonly unreturned: readonly Since[];
  /** As long as calls run that nobody saw return. */
  private readonly atMost: number;

  /** All calls of a log, in its order. */
  constructor(calls: readonly Call[]) {
    const next = new Map<number, bigint>();
    const begun: Since[] = [];
    const unreturned: Since[] = [];
    let atMost = Number.POSITIVE_INFINITY;
    for (const call of [...calls].sort((a, b) => b.enter - a.enter)) {
      const returnedNs = next.get(call.pid);
      if (call.startNs !== 0n) {
        next.set(call.pid, call.startNs);
        begun.push({ timeNs: call.startNs, position: call.enter + 1 });
      }
      // Ending returns never, and promises nothing.
      if (call.operation.op === 'exit') continue;
      if (returnedNs === undefined) atMost = Math.min(atMost, call.exit);
      else unreturned.push({ timeNs: returnedNs, position: call.exit });
    }
    this.begun = accumulated(begun.sort(byTime), Math.max);
    this.unreturned = accumulated(
      unreturned.sort((a, b) => byTime(b, a)),
      Math.min,
    );
    this.atMost = atMost;
  }

  /** @param timeNs nanoseconds since 1970 */
  momentAt(timeNs: bigint): CrashMoment {
    const { begun, unreturned, atMost } = this;
    const later = firstWhere(begun.length, (index) => begun[index]!.timeNs > timeNs);
    const returned = firstWhere(unreturned.length, (index) => unreturned[index]!.timeNs <= timeNs);
    return {
      begun: begun[later - 1]?.position ?? 0,
      returned: Math.min(atMost, unreturned[returned - 1]?.position ?? Number.POSITIVE_INFINITY),
    };
  }
}

/** What holds from a moment on, nanoseconds since 1970. */
interface Since {
  timeNs: bigint;
  position: number;
}

function byTime(a: Since, b: Since): number {
  return a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0;
}

/** Each position joined with all before it. */
function accumulated(list: readonly Since[], join: (a: number, b: number) => number): Since[] {
  let position: number | null = null;
  return list.map((one) => {
    position = position === null ? one.position : join(position, one.position);
    return { timeNs: one.timeNs, position };
  });
}

import type { Call } from '../syscalls/call.js';

/** Bytes of a file that could be stored to through a mapping, and when. */
export interface StoreSpan {
  readonly from: number;
  to: number;
  /** Position in the log from which stores were possible, and until when: infinite where nobody saw the end. */
  readonly since: number;
  until: number;
  /** What made the mapping, or made it writable. */
  readonly call: Call;
  /** Processes that have it. */
  holders: number;
}

/** A time in which some bytes of a file were stored to, or may have been, and nobody knows at which moment. */
export interface StoreDoubt {
  from: number;
  to: number;
  since: number;
  until: number;
  reason: string;
}

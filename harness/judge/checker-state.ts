import type { Told } from './told.js';

/** What a checker is told, as JSON; field names are API. */
export interface CheckerState extends Told {
  /** The recovered directory, absolute. */
  directory: string;
  /** `log_index`: where the log of writes was cut, or of system calls; null where none was kept (dm-flakey). */
  crash_point: { log_index: number | null; reason: string; acks: number };
}

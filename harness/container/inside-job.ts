import type { Attendance } from '../server/attendance.js';

/** What the program that is started in a container is told. */
export interface InsideJob {
  data: string;
  attendance: Attendance;
  /** Standard output of the programs is `insidePaths.stdout`, not the container's own. */
  stdoutFile: boolean;
  /** strace(1) and its options, to run the programs under. */
  tracer: readonly string[] | null;
}

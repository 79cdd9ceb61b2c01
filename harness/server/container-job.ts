import type { Attendance } from './attendance.js';

/** What `container/run-process.ts` is told: the programs, and the container that they run in. */
export interface ContainerJob {
  image: string;
  /** Where the directory that the job starts in is mounted in the container. */
  data: string;
  /** none, or one of the run's own. */
  network: 'none' | 'own';
  /** null: as much as there is. */
  memoryBytes: number | null;
  /** More variables that the programs get from this process's environment. */
  env: readonly string[];
  attendance: Attendance;
}

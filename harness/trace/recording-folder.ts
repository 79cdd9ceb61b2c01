import { join } from 'node:path';

/** The folder of a run's n-th recording, from 0: the first one's is the run's own. */
export function recordingFolder(runFolder: string, recording: number): string {
  return recording === 0 ? runFolder : join(runFolder, `recording-${recording}`);
}

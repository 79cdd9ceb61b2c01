import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { callsFile } from '../../trace/manifest.js';

/**
 * Whether the first recording in a run's folder has its system calls with it; null when there is no finished recording
 * yet.
 */
export function recordedCalls(runFolder: string): boolean | null {
  const trace = join(runFolder, 'trace');
  return existsSync(join(trace, 'manifest.json')) ? existsSync(join(trace, callsFile)) : null;
}

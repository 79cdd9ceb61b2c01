import { basename, dirname, join } from 'node:path';
import { tracerOf } from '../capture/tracer.js';
import { insidePaths, jobVariables } from '../container/inside-paths.js';

/**
 * What a job in a container is told by its environment of a recording: where its programs print to, and that they are
 * traced there, where their paths are theirs.
 */
export function tracedInside(
  { callsFile, lateChanges }: { callsFile: string | null; lateChanges: boolean },
  stdoutFolder: string | null,
): Record<string, string> {
  const log = callsFile === null ? null : join(insidePaths.traceFolder, basename(callsFile));
  const tracer = tracerOf({ callsFile: log, lateChanges });
  return {
    ...(stdoutFolder === null ? {} : { [jobVariables.stdoutFolder]: stdoutFolder }),
    ...(tracer === null ? {} : { [jobVariables.tracer]: JSON.stringify(tracer) }),
    ...(callsFile === null ? {} : { [jobVariables.traceFolder]: dirname(callsFile) }),
  };
}

import { lateChangesCommand, straceCommand } from '../syscalls/strace-command.js';

/**
 * What a workload runs under; null when it runs by itself.
 *
 * @param callsFile where the log of its system calls is to go; a run that is logged keeps its own pace otherwise
 */
export function tracerOf({
  callsFile,
  lateChanges,
  withoutFilter = false,
}: {
  callsFile: string | null;
  lateChanges: boolean;
  /** See `StraceOptions`. */
  withoutFilter?: boolean;
}): string[] | null {
  if (callsFile !== null) return straceCommand({ logFile: callsFile, aside: true, withoutFilter });
  return lateChanges ? lateChangesCommand({ withoutFilter }) : null;
}

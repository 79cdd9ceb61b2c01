import { lateChangesCommand, straceCommand } from '../syscalls/strace-command.js';

/**
 * What a workload runs under; null when it runs by itself.
 *
 * @param callsFile where the log of its system calls is to go; a run that is logged keeps its own pace otherwise
 */
export function tracerOf({
  callsFile,
  lateChanges,
}: {
  callsFile: string | null;
  lateChanges: boolean;
}): string[] | null {
  if (callsFile !== null) return straceCommand({ logFile: callsFile, aside: true });
  return lateChanges ? lateChangesCommand() : null;
}

import { CannotTellError } from '../verdict/errors.js';

/**
 * What a workload's end without a log of its system calls means. strace opens its log before it starts anything: nothing
 * ran.
 *
 * @param said what strace, or whoever starts it, said
 */
export function untraced(logFile: string, said: string): Error {
  return /No space left on device|Disk quota exceeded/.test(said)
    ? new Error(`ENOSPC: no space left on device, open '${logFile}'`)
    : new CannotTellError(`the workload did not start: ${said || 'nobody said why'}`);
}

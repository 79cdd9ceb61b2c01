import type { CrashPointSummary, Finding } from '../../harness/verdict/finding.js';
import { counted } from './count.js';

/** When the power was cut, after the words "power cut". */
export function whenText({
  crash_point,
  evidence,
  when,
}: Pick<Finding, 'crash_point' | 'evidence' | 'when'>): string {
  if (when !== undefined) return when;
  if (!crash_point) return 'anywhere';
  return evidence === 'contract' ? callPointText(crash_point) : crashPointText(crash_point);
}

/** When a crash may break the promise, in terms of the system calls. */
function callPointText(point: CrashPointSummary): string {
  // At the end of the log: nothing comes that would make it durable.
  const when =
    point.reason === 'ack'
      ? `right after an ack (line ${point.log_index} of the system-call log)`
      : 'at any time once these calls are made';
  return `${when}, ${acksText(point)}`;
}

/** Where the power was cut, in terms of the disk. */
export function crashPointText(point: CrashPointSummary): string {
  const { log_index, reason, round, seed } = point;
  const where =
    round === undefined
      ? `at log entry ${log_index} (${reasonText(reason)})`
      : `in round ${round} of seed ${seed} (${reasonText(reason)})`;
  return `${where}, ${acksText(point)}`;
}

function acksText({ acks, last_ack }: CrashPointSummary): string {
  const last = last_ack === undefined ? '' : `, the last one "${last_ack}"`;
  return `after ${counted(acks, 'ack')}${last}`;
}

export function reasonText(reason: CrashPointSummary['reason']): string {
  return {
    flush: 'just before a flush completed',
    fua: 'just before a FUA write completed',
    begin: 'just before something begins',
    before_ack: 'just before an ack',
    ack: 'right after an ack',
    time: 'at a moment chosen at random',
    operation: 'just before an operation of the disk',
    log: 'at a line of the server',
    start: 'before the first write',
    end: 'at the end of the recording',
  }[reason];
}

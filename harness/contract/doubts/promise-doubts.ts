import type { History } from '../../model/history.js';
import { everyName } from '../../promise/every-name.js';
import { promisesOf } from '../../promise/promises.js';
import { unjudgeable } from '../../promise/unjudgeable.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Call } from '../../syscalls/call.js';
import { heldAcks } from './held-acks.js';
import { outsideWrites } from './outside-writes.js';

/** Why what was promised says less than it seems, as the calls show it. */
export function promiseDoubts(
  {
    scenario,
    rootPath,
    reached,
  }: {
    scenario: Scenario;
    rootPath: string;
    /** Promised names that led to files through links. */
    reached: readonly string[];
  },
  history: History,
  calls: readonly Call[],
): string[] {
  const promises = promisesOf(scenario);
  const { acks } = history;
  const doubts = unjudgeable(scenario, promises, {
    names: () => [...everyName(history), ...reached],
    acks: acks.length,
    diskFailed: history.steps.some(({ sync }) => sync !== null && sync.errno !== null),
  });
  if (history.saidDoubt) doubts.push(history.saidDoubt);
  const held = heldAcks(history);
  if (held) doubts.push(held);
  const acksAt = acks.map(({ told }) => told);
  const outside = outsideWrites(calls, { rootPath, acksAt, ignore: promises.ignore });
  if (outside.length > 0) {
    const more = outside.length > 3 ? ` and ${outside.length - 3} more` : '';
    doubts.push(
      `written before an ack, but outside the recorded directory, where no crash is looked at: ${outside.slice(0, 3).join(', ')}${more}; keep it in the workload's directory, or name it in promise.ignore`,
    );
  }
  return doubts;
}

/** One workload of the probe: all its crash states, held against what its calls that had returned owe. */
import { historyOf } from '../executor/call-history.js';
import { owedFinding } from '../judge/owed-finding.js';
import { StorageOracle, treeOf } from '../judge/storage-oracle.js';
import type { WorkloadFinding, WorkloadResult } from '../result.js';
import type { Workload } from '../workload/workload.js';
import { CrashSearch, type Executed, execute, type ProbeBench } from './crash-search.js';
import { SeatLostError } from './seat.js';

export function probeWorkload(name: string, workload: Workload, bench: ProbeBench): WorkloadResult {
  const nothing = { name, points: 0, states: '0', recoveries: 0, exhaustive: false };
  try {
    const executed = execute(workload, bench);
    return { ...nothing, ...('outcome' in executed ? executed : judged(workload, executed, bench)) };
  } catch (error) {
    if (!(error instanceof SeatLostError)) throw error;
    return { ...nothing, outcome: 'unknown', reason: error.message };
  }
}

function judged(workload: Workload, executed: Executed, bench: ProbeBench): Omit<WorkloadResult, 'name'> {
  const calls = historyOf(workload, treeOf(executed.tree).nodes);
  const oracle = new StorageOracle(calls);
  let finding: WorkloadFinding | null = null;
  let undecided = 0;
  const told = new CrashSearch(workload, executed, bench).run(({ state, moment, ...what }) => {
    const { breach, ...rest } = oracle.judge(state, moment);
    if (rest.undecided) undecided++;
    if (breach && (finding === null || (finding.rules === 'linux' && breach.rules === 'posix')))
      finding = { ...owedFinding(breach, calls), after: moment.returned, ...what };
    // A breach of what the texts owe is enough; one of custom alone may hide one.
    return finding?.rules !== 'posix';
  });
  // Assigned in the visit.
  const found = finding as WorkloadFinding | null;
  if (found) return { ...told, exhaustive: false, outcome: 'broken', finding: found };
  if (!told.exhaustive)
    return {
      ...told,
      outcome: 'unknown',
      reason: `not all crash states within ${bench.limit} recoveries`,
    };
  if (undecided > 0)
    return {
      ...told,
      outcome: 'unknown',
      reason: 'a recovered tree could have come about in too many ways',
    };
  return { ...told, outcome: 'kept' };
}

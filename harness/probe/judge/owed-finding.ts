/** A breach by a storage as the probe reports it: by kind, and by the operation of the workload that owed it. */
import type { OwedBreach, OwedFault } from '../../promise/owed-breach.js';
import type { CallHistory } from '../executor/call-history.js';
import type { WorkloadFinding } from '../result.js';

/** How results have named these since there are results. */
const names: Partial<Record<OwedFault, string>> = {
  unmountable: 'does not mount',
  foreign_bytes: 'foreign bytes',
  unusable: 'cannot be used again',
  damage: 'fsck',
};

export function owedFinding(
  { rules, fault, call, text }: OwedBreach,
  { before }: CallHistory,
): Pick<WorkloadFinding, 'rules' | 'kind' | 'text' | 'operation'> {
  if (!call) return { rules, kind: names[fault] ?? fault, text, operation: null };
  const operation = before.findLastIndex((position) => position <= call.enter);
  return { rules, kind: `${call.call.name}: ${fault}`, text, operation };
}

import type { Finding } from '../verdict/finding.js';
import type { Problem } from './judgement.js';

/** A finding about a crash state that was really recovered; what was promised comes from the problem seen in it. */
export function observedFinding(
  { kind, promise, path }: Problem,
  {
    id,
    ...seen
  }: Pick<Finding, 'id' | 'storage' | 'lost' | 'property' | 'crash_point' | 'cause' | 'fix' | 'reproduce'>,
): Finding {
  return {
    id,
    kind,
    evidence: 'observed',
    masked: false,
    model: null,
    promise,
    ...(path === null ? {} : { paths: [path] }),
    ...seen,
  };
}

import { displayPath, displayText, toBytePath } from '../syscalls/byte-path.js';
import type { Finding } from '../verdict/finding.js';
import type { Problem } from './judgement.js';

/** A finding about a crash state that was really recovered; what was promised comes from the problem seen in it. */
export function observedFinding(
  { kind, promise }: Problem,
  paths: readonly string[],
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
    promise: displayText(promise),
    // As the contract engine names it, so that the two find each other.
    ...(paths.length === 0 ? {} : { paths: paths.map((path) => displayPath(toBytePath(path))) }),
    ...seen,
    lost: seen.lost.map(displayText),
    property: displayText(seen.property),
  };
}

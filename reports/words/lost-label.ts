import type { Finding } from '../../harness/verdict/finding.js';

/** Before what a finding says of a crash: what was found there, or, by the calls alone, what can be missing there. */
export function lostLabel({ evidence, kind }: Pick<Finding, 'evidence' | 'kind'>): 'left' | 'lost' {
  return evidence === 'contract' && kind !== 'checker' ? 'lost' : 'left';
}

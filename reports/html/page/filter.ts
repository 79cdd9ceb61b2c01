import type { SummaryFinding, SummaryRun } from '../document.js';

export interface Filter {
  text: string;
  evidence: 'all' | 'observed' | 'contract';
  kind: string;
  /** Those that the scenario expects, too. */
  expected: boolean;
}

export const noFilter: Filter = { text: '', evidence: 'all', kind: 'all', expected: true };

export function matches(filter: Filter, finding: SummaryFinding, run: SummaryRun): boolean {
  if (filter.evidence !== 'all' && finding.evidence !== filter.evidence) return false;
  if (filter.kind !== 'all' && finding.kind !== filter.kind) return false;
  if (!filter.expected && finding.expected) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const text =
    `${finding.id} ${finding.kind} ${finding.property} ${finding.lost ?? ''} ${run.scenario} ${run.storage}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

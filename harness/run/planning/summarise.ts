import { worst } from '../../verdict/outcome.js';
import type { Results } from '../../verdict/results.js';

/** Writes into a document what its runs come to together. */
export function summarise(results: Results): void {
  const open = (results.unfinished ?? []).length > 0;
  results.verdict = worst([...results.runs.map(({ verdict }) => verdict), open ? 'unknown' : 'pass']);
  const stated = results.runs.map(({ met }) => met).filter((met) => met !== null);
  // Expectations decide the exit code only when every run has one: a run without stands for its verdict.
  const allStated = stated.length === results.runs.length && stated.length > 0 && !open;
  results.met = allStated ? stated.every(Boolean) : null;
}

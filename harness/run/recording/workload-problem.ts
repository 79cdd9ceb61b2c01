import type { Manifest } from '../../trace/manifest.js';

/** Why the recording is not of the workload that was meant; null when it is. */
export function workloadProblem({ workload, scenario, cut_at }: Manifest): string | null {
  // Without power nobody can be expected to end well.
  if (cut_at !== null || workload === null) return null;
  if (workload.timed_out) return `the workload did not end within ${scenario.workload.timeout / 1000} s`;
  if (workload.signal) return `the workload was killed by ${workload.signal}`;
  if (workload.exit_code !== null && scenario.workload.exit_codes.includes(workload.exit_code)) return null;
  const { last_words: said = [] } = workload;
  const shown = said.length > 0 ? said.join(' | ') : 'see workload.err in its trace';
  return `the workload ended with exit code ${workload.exit_code}, expected ${scenario.workload.exit_codes.join(' or ')}: ${shown}`;
}

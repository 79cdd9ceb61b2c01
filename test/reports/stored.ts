import { join } from 'node:path';
import type { Finding } from '../../harness/verdict/finding.js';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { openStoredResults, type StoredResults } from '../../harness/verdict/stored-results.js';
import { openReportable } from '../../reports/opened.js';
import type { Reportable } from '../../reports/reporter.js';
import { checkout } from '../e2e/plugpull.js';

export const storedFolder = join(checkout, 'test/reports/stored');

/** A run of several scenarios: hostile names, masked and unmasked findings, an unknown, met and unmet expectations. */
export function mixedResults(): StoredResults {
  return openStoredResults(join(storedFolder, 'mixed.results.json'));
}

/** A probe of seven storages: kept, broken in several ways, and not supported. */
export function probeResults(): Reportable {
  return openReportable(join(storedFolder, 'probe.json'));
}

/** Where the stored runs were made. */
export const repository = '/home/user/project';

/** Results of so many runs, each with so many findings. */
export function manyResults(runs: number, findingsEach: number): StoredResults {
  const { results, folder } = mixedResults();
  const template = results.runs.find(({ scenario }) => scenario === 'config-file')!;
  const finding = template.findings[0]!;
  const many: RunResult[] = Array.from({ length: runs }, (_, i) => ({
    ...template,
    scenario: `scenario-${i}`,
    findings: Array.from(
      { length: findingsEach },
      (_, n): Finding => ({
        ...finding,
        id: `F${n + 1}`,
        paths: [`file-${n}`],
        lost: [`file-${n} is missing`],
      }),
    ),
  }));
  const whole: Results = { ...results, runs: many };
  return { results: whole, folder };
}

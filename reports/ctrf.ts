/** CTRF, the common test report format (https://ctrf.io): the cases of JUnit, as JSON. */
import { type Case, type CaseStatus, casesOf } from './cases.js';
import type { Reporter } from './reporter.js';
import { visible } from './words/visible.js';

const statuses: Record<CaseStatus, string> = {
  passed: 'passed',
  failed: 'failed',
  // CTRF has no word for what cannot be told; only "passed" would be wrong.
  error: 'other',
  skipped: 'skipped',
};

export const ctrfReporter: Reporter = {
  format: 'ctrf',
  describe: 'CTRF, JSON test results',
  fileName: 'report.ctrf.json',
  render({ results }) {
    const cases = results.runs.flatMap(casesOf);
    const count = (status: CaseStatus): number => cases.filter((one) => one.status === status).length;
    const stop = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
    return `${JSON.stringify({
      reportFormat: 'CTRF',
      specVersion: '0.0.0',
      results: {
        tool: { name: 'plugpull', version: results.tool.version },
        summary: {
          tests: cases.length,
          passed: count('passed'),
          failed: count('failed'),
          skipped: count('skipped'),
          pending: 0,
          other: count('error'),
          // Results bear no date: durations are all there is.
          start: 0,
          stop,
        },
        tests: cases.map(testObject),
        environment: { extra: results.environment },
      },
    })}\n`;
  },
};

function testObject({
  scenario,
  storage,
  evidence,
  promise,
  status,
  detail,
  findings,
  durationMs,
}: Case): object {
  return {
    name: visible(`${storage}, ${evidence}: ${promise}`),
    suite: [visible(scenario)],
    status: statuses[status],
    rawStatus: status,
    duration: durationMs,
    message: visible([...findings.map(({ property }) => property), detail].join('; ')),
  };
}

/**
 * TAP 14 (https://testanything.org/tap-version-14-specification.html): a test point a case; `unknown` is `not ok` with
 * its reason, what did not run is skipped.
 */
import { type Case, casesOf } from './cases.js';
import type { Reporter } from './reporter.js';
import { visible } from './words/visible.js';

export const tapReporter: Reporter = {
  format: 'tap',
  describe: 'TAP 14, a test point for each promise on each storage by each engine',
  fileName: 'report.tap',
  render({ results }) {
    const cases = results.runs.flatMap(casesOf);
    const lines = ['TAP version 14', `1..${cases.length}${cases.length === 0 ? ' # SKIP nothing ran' : ''}`];
    for (const [i, one] of cases.entries()) lines.push(...pointLines(one, i + 1));
    return `${lines.join('\n')}\n`;
  },
};

function pointLines(
  { scenario, storage, evidence, promise, status, detail, findings }: Case,
  n: number,
): string[] {
  const ok = status === 'passed' || status === 'skipped' ? 'ok' : 'not ok';
  const skip = status === 'skipped' ? ` # SKIP ${description(detail)}` : '';
  const head = `${ok} ${n} - ${description(`${scenario} on ${storage}, ${evidence}: ${promise}`)}${skip}`;
  if (status === 'skipped') return [head];
  const facts: Record<string, unknown> = {
    message: visible(detail),
    ...(status === 'failed' ? { severity: 'fail' } : status === 'error' ? { severity: 'unknown' } : {}),
    ...(findings.length > 0
      ? {
          findings: findings.map(({ id, property, lost, fix, reproduce }) => ({
            id,
            property: visible(property),
            lost: lost.map(visible),
            ...(fix === null ? {} : { fix: visible(fix) }),
            reproduce: visible(reproduce),
          })),
        }
      : {}),
  };
  return [head, '  ---', ...Object.entries(facts).map(([key, value]) => `  ${key}: ${yaml(value)}`), '  ...'];
}

/** A hash would begin a directive, a backslash an escape. */
function description(text: string): string {
  return visible(text).replaceAll(/[\\#]/g, (character) => `\\${character}`);
}

/** JSON is YAML. */
function yaml(value: unknown): string {
  return JSON.stringify(value);
}

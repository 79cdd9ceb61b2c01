/**
 * GitLab code quality (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format): a list of findings
 * with a fingerprint and a line each. What a scenario expects is not listed: GitLab knows no suppressed findings.
 */
import type { RunResult } from '../harness/verdict/results.js';
import type { Reporter } from './reporter.js';
import { unseenOf } from './words/coverage.js';
import { ruleId } from './words/finding-kind.js';
import { digestOf, fingerprintsOf } from './words/fingerprint.js';
import { type Place, placeOf, type Reported, reportedFindings, scenarioPlace } from './words/reported.js';
import { visible } from './words/visible.js';

export const gitlabReporter: Reporter = {
  format: 'gitlab',
  describe: 'GitLab code quality',
  fileName: 'report.gl-code-quality.json',
  render({ results }, { repository }) {
    const reported = reportedFindings(results).filter(({ expected }) => !expected);
    const prints = fingerprintsOf(reported);
    const issues = reported.map((one, i) => issue(one, prints[i]!, repository));
    const doubts = results.runs
      .filter(({ verdict }) => verdict === 'unknown')
      .map((run) => ({
        description: visible(
          `${run.scenario} on ${run.storage}: unknown: ${[...run.notes, ...unseenOf(run)].join('; ')}`,
        ),
        check_name: 'unknown',
        fingerprint: digestOf(['unknown', run.scenario, run.storage]),
        severity: 'minor',
        location: locationOf(run, scenarioPlace(run, repository)),
      }));
    return `${JSON.stringify([...issues, ...doubts], null, 2)}\n`;
  },
};

function issue(reported: Reported, fingerprint: string, repository: string): object {
  const { run, finding, weight } = reported;
  const { evidence, kind, property, lost, fix } = finding;
  const place = placeOf(reported, repository);
  const words = [
    property,
    ...lost,
    ...(fix === null ? [] : [`fix: ${fix}`]),
    `${run.scenario} on ${run.storage}`,
  ];
  return {
    description: visible(words.join('; ')),
    check_name: ruleId(evidence, kind),
    fingerprint,
    severity: weight === 'error' ? (evidence === 'observed' ? 'critical' : 'major') : 'minor',
    location: locationOf(run, place),
  };
}

/** A path is required, from the repository's root; what is not in the repository is shown without a link, by the scenario's name. */
function locationOf({ scenario }: RunResult, place: Place | null): object {
  const path = place?.path ?? visible(scenario).replace(/^[./]+/, '');
  return { path, lines: { begin: place?.line ?? 1 } };
}

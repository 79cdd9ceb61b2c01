/**
 * Annotations as a GitHub runner reads them from a step's output (workflow commands). GitHub shows 10 a step: the worst
 * ten are given, and the last says how many more there are. What comes from workloads is printed where commands are
 * switched off, under a word that nobody can guess.
 */
import { randomUUID } from 'node:crypto';
import type { Reporter } from './reporter.js';
import { coverageText } from './words/coverage.js';
import { kindWords } from './words/finding-kind.js';
import { lostLabel } from './words/lost-label.js';
import { placeOf, type Reported, reportedFindings } from './words/reported.js';
import { verdictSentence } from './words/verdict.js';
import { clipped, visible } from './words/visible.js';

const mostAnnotations = 10;

export const githubReporter: Reporter = {
  format: 'github',
  describe: 'annotations for GitHub Actions, the worst 10',
  fileName: null,
  render({ results, probe }, { repository }) {
    const summary = results.runs.map(
      (run) => `${run.verdict} ${run.scenario} on ${run.storage}: ${coverageText(run)}`,
    );
    const reported = reportedFindings(results).filter(({ expected }) => !expected);
    const unknown = results.runs.filter(({ verdict, met }) => verdict === 'unknown' && met !== true);
    const annotations = [
      ...reported.map((one) => findingAnnotation(one, { repository, ofStorage: probe !== undefined })),
      ...unknown.map(({ scenario, storage, notes }) =>
        command(
          'warning',
          { title: 'plugpull cannot tell' },
          `${scenario} on ${storage}: ${notes.join('; ')}`,
        ),
      ),
    ];
    const more = annotations.length - mostAnnotations;
    const shown = more > 0 ? annotations.slice(0, mostAnnotations - 1) : annotations;
    return `${[
      ...withoutCommands([...summary, verdictSentence(results)].map(visible)),
      ...shown,
      ...(more > 0
        ? [
            command(
              'warning',
              { title: 'plugpull' },
              `${more + 1} more findings are not shown here; see the job summary or the report`,
            ),
          ]
        : []),
    ].join('\n')}\n`;
  },
};

/** Lines among which the runner looks for no commands: it finds them behind leading spaces, too. */
export function withoutCommands(lines: readonly string[]): string[] {
  const resume = `plugpull-${randomUUID()}`;
  return [`::stop-commands::${resume}`, ...lines, `::${resume}::`];
}

function findingAnnotation(
  reported: Reported,
  { repository, ofStorage }: { repository: string; ofStorage: boolean },
): string {
  const { run, finding, weight } = reported;
  const { property, lost, fix, kind, masked } = finding;
  const place = placeOf(reported, repository);
  const message = [
    property,
    ...lost.map((line) => `${lostLabel(finding)}: ${line}`),
    ...(fix === null ? [] : [`fix: ${fix}`]),
    `${run.scenario} on ${run.storage}${masked ? ', masked' : ''}`,
  ].map((line) => clipped(visible(line), 500));
  return command(
    weight === 'error' ? 'error' : 'warning',
    {
      ...(place ? { file: place.path, line: String(place.line) } : {}),
      title: kindWords(kind, ofStorage).title,
    },
    message.join('\n'),
  );
}

/** `::name key=value,key=value::message`, escaped as @actions/core does. */
function command(name: string, properties: Record<string, string>, message: string): string {
  const data = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string =>
    data(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  return `::${name} ${pairs.join(',')}::${data(message.split('\n').map(visible).join('\n'))}`;
}

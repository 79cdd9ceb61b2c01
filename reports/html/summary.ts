import type { RunResult } from '../../harness/verdict/results.js';
import type { Reportable } from '../reporter.js';
import type { Reported } from '../words/reported.js';
import { verdictCell, verdictSentence } from '../words/verdict.js';
import { clipped } from '../words/visible.js';
import type { Summary, SummaryFinding, SummaryRun } from './document.js';

/** Of a list's line; the finding itself has all of it. */
const mostLostCharacters = 120;

/** @param listed the findings that the page lists, each with its chunk's element */
export function summaryOf(
  { results, probe }: Reportable,
  listed: readonly { reported: Reported; chunk: string | null }[],
  leftOut: number,
): Summary {
  const shared = sharedProperties(results.runs);
  const positions = new Map(results.runs.map((run, i) => [run, i]));
  return {
    version: results.tool.version,
    sentence: verdictSentence(results),
    verdict: results.verdict,
    met: results.met,
    environment: results.environment,
    runs: results.runs.map(runOf),
    findings: listed.map(({ reported: { run, finding, expected }, chunk }): SummaryFinding => {
      const { id, kind, evidence, masked, property } = finding;
      const isShared = shared.has(`${positions.get(run)} ${property}`);
      const lost = isShared ? clipped(finding.lost[0] ?? '', mostLostCharacters) : null;
      return { run: positions.get(run)!, id, kind, evidence, masked, expected, property, lost, chunk };
    }),
    probe: probe !== undefined,
    left_out: leftOut,
    unlisted: results.runs.reduce((sum, { unlisted_findings = 0 }) => sum + unlisted_findings, 0),
    without_chunk: listed.filter(({ chunk }) => chunk === null).length,
  };
}

/** Properties that several findings of a run have, with the run's position. */
function sharedProperties(runs: readonly RunResult[]): Set<string> {
  const [seen, shared] = [new Set<string>(), new Set<string>()];
  for (const [position, { findings }] of runs.entries()) {
    for (const { property } of findings) {
      const key = `${position} ${property}`;
      if (seen.has(key)) shared.add(key);
      seen.add(key);
    }
  }
  return shared;
}

function runOf(run: RunResult): SummaryRun {
  const { verdict, contract, observed, expected, met, scenario, storage, notes, coverage, calibration } = run;
  return {
    ...{ verdict, contract, observed, expected, met, scenario, storage, notes, coverage, calibration },
    cells: { contract: verdictCell(run, 'contract'), observed: verdictCell(run, 'observed') },
    findings: run.findings.length,
    rounds: roundsOf(run),
  };
}

/** Where power was really lost: the rounds, and those that broke a promise, each with the first finding it gave. */
function roundsOf({ coverage, findings }: RunResult): SummaryRun['rounds'] {
  const live = coverage.find(({ engine }) => engine === 'live');
  if (!live) return null;
  const broken = new Map<number, string>();
  for (const { id, crash_point } of findings)
    if (crash_point?.round !== undefined && !broken.has(crash_point.round)) broken.set(crash_point.round, id);
  const rounds = [...broken].sort(([a], [b]) => a - b);
  return { count: live.recoveries, broken: rounds.map(([round, finding]) => ({ round, finding })) };
}

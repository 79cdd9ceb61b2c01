/**
 * Results as test cases, for formats that know nothing else: one for each promise of a scenario, on a storage, by an
 * engine. An engine that did not run has a case too, skipped: what is absent looks like a pass.
 */
import type { Finding } from '../harness/verdict/finding.js';
import type { Outcome } from '../harness/verdict/outcome.js';
import type { Coverage, RunResult } from '../harness/verdict/results.js';
import { oneCoverage, verdictOf } from './words/coverage.js';

export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped';

export interface Case {
  scenario: string;
  storage: string;
  evidence: Finding['evidence'];
  /** By the words of `--promise`, `checker`, `recovers` (each crash state mounts), or what the scenario expects. */
  promise: string;
  status: CaseStatus;
  /** What it comes to and what that rests on, in one line. */
  detail: string;
  findings: Finding[];
  /** Milliseconds; of the whole run, on its first case. */
  durationMs: number;
}

const engines = ['contract', 'observed'] as const;

export function casesOf(run: RunResult): Case[] {
  const cases = engines.flatMap((evidence) => casesOfEngine(run, evidence));
  const whole = Object.values(run.timing_ms).reduce((sum, ms) => sum + ms, 0);
  return cases.map((one, i) => ({ ...one, durationMs: i === 0 ? whole : 0 }));
}

function casesOfEngine(run: RunResult, evidence: Finding['evidence']): Omit<Case, 'durationMs'>[] {
  const outcome = run[evidence];
  const { scenario, storage, file: _ } = run;
  const head = { scenario, storage, evidence };
  const promises = promisesOf(run, evidence);
  if (outcome === null) {
    const why = run.notes.find((note) => note.includes(evidence)) ?? 'this engine did not run';
    return promises.map((promise) => ({ ...head, promise, status: 'skipped', detail: why, findings: [] }));
  }
  const findings = run.findings.filter((finding) => finding.evidence === evidence);
  const expected = run.expected?.[evidence];
  const asExpected = expected === outcome;
  const basis = basisOf(run, evidence);
  const cases = promises.map((promise) => {
    const own = findings.filter((finding) => brokenPromise(finding, promises) === promise);
    const came = outcomeOf(own, { outcome, run, evidence });
    const remark = asExpected && came !== 'pass' ? ', as the scenario expects' : '';
    return {
      ...head,
      promise,
      status: asExpected ? ('passed' as const) : statuses[came],
      detail: `${came}${remark}; ${basis}`,
      findings: own,
    };
  });
  if (expected === undefined || asExpected) return cases;
  return [
    ...cases,
    {
      ...head,
      promise: `comes out as ${expected}, as the scenario expects`,
      status: 'failed',
      detail: `expected ${expected}, got ${outcome}; ${basis}`,
      findings: [],
    },
  ];
}

const statuses: Record<Outcome, CaseStatus> = { pass: 'passed', violation: 'failed', unknown: 'error' };

/** One promise's outcome: an engine that found something else, and did not list or see all, says nothing of this one. */
function outcomeOf(
  own: readonly Finding[],
  { outcome, run, evidence }: { outcome: Outcome; run: RunResult; evidence: Finding['evidence'] },
): Outcome {
  if (own.length > 0) return 'violation';
  if (outcome !== 'violation') return outcome;
  const saw = coverageOf(run, evidence).every(({ systematic }) => systematic);
  return saw && (run.unlisted_findings ?? 0) === 0 ? 'pass' : 'unknown';
}

function basisOf(run: RunResult, evidence: Finding['evidence']): string {
  const covered = coverageOf(run, evidence).map(oneCoverage).join('; ');
  const doubts = run.notes.filter((note) => note.startsWith('unknown') || note.startsWith('calibration'));
  return [covered || 'nothing was looked at', ...doubts].join('; ');
}

function coverageOf(run: RunResult, evidence: Finding['evidence']): Coverage[] {
  return run.coverage.filter((coverage) => verdictOf(coverage) === evidence);
}

/** What was promised. A recovered disk has to mount, whatever else; system calls alone have no disk. */
function promisesOf({ promises = ['promises'] }: RunResult, evidence: Finding['evidence']): string[] {
  const own = evidence === 'observed' ? [...promises, 'recovers'] : promises;
  return own.length > 0 ? own : ['no promise'];
}

/** Which of the promises a finding breaks; the first that may be meant where its kind leaves it open. */
function brokenPromise({ kind, paths = [] }: Finding, promises: readonly string[]): string {
  const named = (word: string): string[] => promises.filter((promise) => promise.startsWith(`${word}:`));
  const about = (promise: string): boolean =>
    paths.some((path) =>
      promise
        .slice(promise.indexOf(':') + 1)
        .split(',')
        .includes(path),
    );
  const candidates: Record<Finding['kind'], string[]> = {
    checker: ['checker'],
    corruption: ['recovers'],
    atomicity: [...named('atomic').filter(about), ...named('atomic'), 'snapshot'],
    durability: [...named('files').filter(about), 'snapshot', ...named('files'), ...named('gone'), 'owed'],
    ordering: ['snapshot', ...named('files')],
    fsync_error: ['snapshot', ...named('files')],
  };
  return candidates[kind].find((promise) => promises.includes(promise)) ?? promises[0]!;
}

import { relative, resolve } from 'node:path';
import type { Finding } from '../../harness/verdict/finding.js';
import type { Results, RunResult } from '../../harness/verdict/results.js';

/** A finding in its run, as formats that list findings need it. */
export interface Reported {
  run: RunResult;
  finding: Finding;
  /** The scenario expects this engine's verdict to be what it is. */
  expected: boolean;
  weight: 'error' | 'warning' | 'note';
}

/** All findings, those first that somebody has to act on. */
export function reportedFindings({ runs }: Results): Reported[] {
  const all = runs.flatMap((run) =>
    run.findings.map((finding): Reported => {
      const outcome = run[finding.evidence];
      const expected = outcome !== null && run.expected?.[finding.evidence] === outcome;
      return { run, finding, expected, weight: expected ? 'note' : finding.masked ? 'warning' : 'error' };
    }),
  );
  return all.sort((a, b) => rank(a) - rank(b));
}

function rank({ weight, finding }: Reported): number {
  return ['error', 'warning', 'note'].indexOf(weight) * 2 + (finding.evidence === 'observed' ? 0 : 1);
}

/** Blocks know no source lines: where the contract finds the same, it has them. */
export function originOf({ findings }: RunResult, finding: Finding): Finding {
  if (finding.evidence === 'contract') return finding;
  const about = (other: Finding): boolean =>
    other.evidence === 'contract' && (other.paths ?? []).some((path) => finding.paths?.includes(path));
  return findings.find(about) ?? finding;
}

/** A place in the repository. */
export interface Place {
  path: string;
  line: number;
}

/**
 * Where a finding is shown: the line to add something behind, else the call at fault, else the scenario file; null where
 * none of them is in the repository.
 */
export function placeOf({ run, finding }: Reported, repository: string): Place | null {
  const { patch, cause } = originOf(run, finding);
  const named = [
    ...(patch ? [patch.after] : []),
    ...cause.flatMap(({ at, called_from }) => (called_from === undefined ? [at] : [at, called_from])),
  ];
  for (const place of named) {
    const found = sourcePlace(run, place, repository);
    if (found) return found;
  }
  return scenarioPlace(run, repository);
}

/** The scenario file, as a path in the repository. */
export function scenarioPlace({ file }: RunResult, repository: string): Place | null {
  const path = file === undefined ? null : within(repository, file);
  return path === null ? null : { path, line: 1 };
}

/** `prog.py:12` as a place in the repository. */
export function sourcePlace({ sources = [] }: RunResult, place: string, repository: string): Place | null {
  const [, name, line] = /^(.+):(\d+)$/.exec(place) ?? [];
  const source = sources.find((one) => one.name === name);
  const path = source ? within(repository, source.path) : null;
  return path === null ? null : { path, line: Number(line) };
}

function within(repository: string, file: string): string | null {
  const path = relative(repository, resolve(repository, file));
  return path === '' || path === '..' || path.startsWith('../') ? null : path;
}

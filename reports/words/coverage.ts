import type { Coverage, RunResult } from '../../harness/verdict/results.js';
import { shortCount } from '../../harness/verdict/short-count.js';
import { counted } from './count.js';

/** What a verdict rests on, and what was not looked at, in one line: the one is never said without the other. */
export function coverageText({ coverage }: Pick<RunResult, 'coverage'>): string {
  return coverage.map(oneCoverage).join('; ');
}

export function oneCoverage(coverage: Coverage): string {
  if (coverage.scope === 'nothing') return nothingSaid[verdictOf(coverage)];
  const unseen = coverage.unseen.length > 0 ? `, not looked at: ${coverage.unseen.join('; ')}` : '';
  return `${looked(coverage)}${unseen}${modelAnswer(coverage)}`;
}

const nothingSaid = {
  contract: 'nothing was judged by the system calls',
  observed: 'no crash state was looked at',
};

function looked({ engine, states, recoveries, exhaustive, crash_points }: Coverage): string {
  if (engine === 'contract') {
    if (recoveries === 0) return `${counted(crash_points, 'ack')} judged by the system calls`;
    return `${exhaustive ? 'all ' : ''}${shortCount(BigInt(states))} crash directories allowed by the system calls${exhaustive ? '' : ', not all there are'}`;
  }
  if (engine === 'live') return `${counted(recoveries, 'power cut')}, a sample of all there are`;
  const covered = `${shortCount(BigInt(states))} crash states at ${counted(crash_points, 'crash point')} in ${counted(recoveries, 'recovery', 'recoveries')}`;
  return exhaustive ? `all ${covered}` : `${covered}, not all there are`;
}

function modelAnswer({ model_check }: Coverage): string {
  if (!model_check) return '';
  const { checked, not_allowed, models, scope } = model_check;
  const answer =
    not_allowed === 0
      ? `allowed by ${models.join(' and ')}`
      : `${not_allowed} of them not allowed by ${models.length === 1 ? models[0] : `one of ${models.join(', ')}`}`;
  return `; ${counted(checked, 'recovered tree')}${scope === undefined ? '' : ` of ${scope}`}, ${answer}`;
}

/** The engine of a coverage by the verdict it stands for. */
export function verdictOf({ engine }: Coverage): 'contract' | 'observed' {
  return engine === 'contract' ? 'contract' : 'observed';
}

/** Everything of a run that was not looked at, one sentence each. */
export function unseenOf({ coverage }: Pick<RunResult, 'coverage'>): string[] {
  return [...new Set(coverage.flatMap(({ unseen }) => unseen))];
}

import type { MutantsResult } from '../mutants/mutants-result.js';
import type { Results, RunResult } from '../verdict/results.js';
import { CrashTestError, CrashTestUnknownError } from './crash-test-errors.js';
import type { CrashTestOptions } from './options.js';
import type { Target } from './target.js';

/** What a run came to: the document that `plugpull run --json` prints, and where it lies. */
export interface CrashTestResult extends Results {
  resultsFolder: string;
  /** What this machine could not do, one sentence each; empty where everything asked for was done. */
  limits: string[];
}

/**
 * Cuts the power at every instant of a program, and looks whether each promise it made is kept.
 *
 * Give the test that calls it time: `test('...', { timeout: 300_000 }, ...)` in node:test, the same in vitest.
 *
 * @param target a module's URL (default export: the workload, `check`: the checker), or a command
 * @returns the run's result, when every promise is kept or everything is as `expect` says
 * @throws CrashTestError when a promise is broken, CrashTestUnknownError when that cannot be told, UsageError for a
 *   target or option that cannot be understood, UnavailableError when this machine lacks something (named)
 */
export async function crashTest(target: Target, options: CrashTestOptions = {}): Promise<CrashTestResult> {
  const result = await crashTestResult(target, options);
  const failed = worstRun(result.runs);
  if (failed)
    throw failed.verdict === 'unknown' ? new CrashTestUnknownError(failed) : new CrashTestError(failed);
  return result;
}

/** The same, without throwing for what a test found: look at `verdict`. */
export async function crashTestResult(
  target: Target,
  options: CrashTestOptions = {},
): Promise<CrashTestResult> {
  const { signal, out = 'plugpull-results', require = null, lanes = null, calibrate = true } = options;
  // Loaded only now, so that a test file that is skipped costs nothing.
  const { scenarioFor } = await import('./scenario-for.js');
  const { askSession } = await import('./ask-session.js');
  const input = scenarioFor(target, options);
  const { results, ...where } = await askSession(
    { kind: 'run', input, out, require, lanes, calibrate },
    signal,
  );
  return { ...results, ...where };
}

export interface MutantsOptions extends CrashTestOptions {
  /** Also run the program with each call made a lie. */
  replay?: boolean;
}

/**
 * Tests the test: deletes each sync call of the program in turn, and says which deletions the test notices.
 * Needs strace, and neither root nor a disk, without `replay`.
 */
export async function mutants(target: Target, options: MutantsOptions = {}): Promise<MutantsResult> {
  const { signal, out = 'plugpull-results', replay = false, ...rest } = options;
  const { scenarioFor } = await import('./scenario-for.js');
  const { askSession } = await import('./ask-session.js');
  const input = scenarioFor(target, rest);
  return askSession({ kind: 'mutants', input, out, replay }, signal);
}

/** The run that decides: a violation that nobody expected before anything unknown. */
function worstRun(runs: readonly RunResult[]): RunResult | undefined {
  const failed = runs.filter(({ verdict, met }) => (met === null ? verdict !== 'pass' : !met));
  return (
    failed.find(({ verdict }) => verdict === 'violation') ??
    failed.find(({ verdict }) => verdict === 'unknown') ??
    failed[0]
  );
}

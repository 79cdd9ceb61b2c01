import { UnavailableError } from '../verdict/errors.js';
import { type CrashTestResult, crashTest } from './crash-test.js';
import type { CrashTestOptions } from './options.js';
import type { Target } from './target.js';

/** What a test runner offers to a test, by whatever names. */
export interface RunnerHooks {
  signal: AbortSignal | undefined;
  /** Says why the test does not run here; may throw. */
  skip(reason: string): unknown;
  /** Puts a line beside the test's result. */
  note(text: string): unknown;
}

/** A crash test that skips where it cannot run, and says beside its result what it rests on. */
export async function crashTestInRunner(
  hooks: RunnerHooks,
  target: Target,
  options: CrashTestOptions,
): Promise<CrashTestResult | null> {
  const signal = options.signal ?? hooks.signal;
  let result: CrashTestResult;
  try {
    result = await crashTest(target, { ...options, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!(error instanceof UnavailableError) || options.require === 'observed') throw error;
    await hooks.skip(`plugpull cannot run here: ${error.message}`);
    return null;
  }
  for (const limit of result.limits) await hooks.note(limit);
  for (const { scenario, storage, coverage } of result.runs) {
    for (const { engine, scope, states, exhaustive } of coverage) {
      const counted = states === '0' ? '' : `, ${states} states${exhaustive ? '' : ' of more'}`;
      await hooks.note(`${scenario} on ${storage}, ${engine}: ${scope}${counted}`);
    }
  }
  return result;
}

/** `plugpull/node-test`: crash tests that skip and leave diagnostics, for node:test. */
import type { CrashTestResult } from './crash-test.js';
import { crashTestInRunner } from './in-runner.js';
import type { CrashTestOptions } from './options.js';
import type { Target } from './target.js';

/** What is used of the context that node:test hands to a test. */
export interface NodeTestContext {
  skip(message?: string): void;
  diagnostic(message: string): void;
  signal: AbortSignal;
}

/**
 * `test('...', { timeout: 300_000 }, (t) => crashTest(t, url, options))`: as `crashTest` of `plugpull`, but where this
 * machine cannot run it the test is skipped, and what the verdict rests on is a diagnostic.
 */
export function crashTest(
  context: NodeTestContext,
  target: Target,
  options: CrashTestOptions = {},
): Promise<CrashTestResult | null> {
  return crashTestInRunner(
    {
      signal: context.signal,
      skip: (reason) => context.skip(reason),
      note: (text) => context.diagnostic(text),
    },
    target,
    options,
  );
}

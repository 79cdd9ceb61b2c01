/** `plugpull/vitest`: crash tests that skip and annotate. Needs no vitest to load. */
import type { CrashTestResult } from './crash-test.js';
import { crashTestInRunner } from './in-runner.js';
import type { CrashTestOptions } from './options.js';
import type { Target } from './target.js';

/** What is used of the context that vitest hands to a test. */
export interface VitestContext {
  skip(note?: string): unknown;
  /** Since vitest 3.2. */
  annotate?: ((message: string, type?: string) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * `test('...', { timeout: 300_000 }, (context) => crashTest(context, url, options))`: as `crashTest` of `plugpull`,
 * but where this machine cannot run it the test is skipped, and what the verdict rests on is an annotation.
 */
export function crashTest(
  context: VitestContext,
  target: Target,
  options: CrashTestOptions = {},
): Promise<CrashTestResult | null> {
  return crashTestInRunner(
    {
      signal: context.signal,
      skip: (reason) => context.skip(reason),
      note: (text) => context.annotate?.(text, 'plugpull'),
    },
    target,
    options,
  );
}

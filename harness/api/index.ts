/**
 * plugpull in a program of your own: `crashTest` for a test, and below it what it is made of.
 *
 * Nothing heavy is loaded before it is called.
 */
export type { Mutant, MutantsResult } from '../mutants/mutants-result.js';
export type { RecordedTrace } from '../run/record-traces.js';
export { PlugpullError, UnavailableError, UsageError } from '../verdict/errors.js';
export type { Cause, Finding } from '../verdict/finding.js';
export type { Outcome } from '../verdict/outcome.js';
export type { Coverage, Results, RunResult } from '../verdict/results.js';
export {
  type CrashTestResult,
  crashTest,
  crashTestResult,
  type MutantsOptions,
  mutants,
} from './crash-test.js';
export { CrashTestError, CrashTestUnknownError } from './crash-test-errors.js';
export type { CrashTestOptions } from './options.js';
export { type CheckOptions, check, record } from './record-and-check.js';
export { type MadeReports, merge, report } from './report-and-merge.js';
export type { Ack, Check, CommandTarget, CrashState, Target, Workload } from './target.js';

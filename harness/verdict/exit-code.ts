import type { Outcome } from './outcome.js';

/** Exit codes are API: scripts and CI jobs branch on them. */
export const exitCode = {
  /** Every promise is kept in all that was searched, or everything came out as the scenario expects. */
  pass: 0,
  /** A promise is broken, or a scenario's expectation is not met. */
  violation: 1,
  /** It cannot be told; the notes say why. Never to be taken for a pass. */
  unknown: 2,
  /** Bad usage, or a scenario or input file that cannot be understood. */
  usage: 64,
  /** Something this run needs is missing on this machine. */
  unavailable: 69,
  /** A fault of plugpull's own. */
  internal: 70,
  /** Interrupted by Ctrl-C (128 + SIGINT), results kept. */
  interrupted: 130,
} as const;

/** The exit code of a finished run: unknown wins over an unmet expectation only when nothing was violated. */
export function exitCodeOf(verdict: Outcome, met: boolean | null): number {
  if (met === null) return exitCode[verdict];
  if (met) return exitCode.pass;
  return verdict === 'unknown' ? exitCode.unknown : exitCode.violation;
}

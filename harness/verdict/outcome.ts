/**
 * The three-valued outcome of anything plugpull looks at.
 *
 * `unknown` is what the tool says when it cannot tell: a checker that crashed, a calibration that failed,
 * a program whose writes it could not see. It is never quietly turned into `pass`.
 */
export type Outcome = 'pass' | 'violation' | 'unknown';

const severity: Record<Outcome, number> = { pass: 0, unknown: 1, violation: 2 };

/** The worst of the given outcomes: violation, then unknown, then pass. No outcome at all is a pass. */
export function worst(outcomes: Iterable<Outcome>): Outcome {
  let result: Outcome = 'pass';
  for (const outcome of outcomes) {
    if (severity[outcome] > severity[result]) result = outcome;
  }
  return result;
}

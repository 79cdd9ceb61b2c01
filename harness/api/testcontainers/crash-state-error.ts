import { findingLines } from '../../../reports/terminal/finding-lines.js';
import { plainScreen } from '../../../reports/terminal/screen.js';
import type { Finding } from '../../verdict/finding.js';

/** After one of the power cuts that could have been, the test finds something gone. Told as a run tells it. */
export class CrashStateError extends Error {
  override readonly name = 'CrashStateError';

  /** @param cause what the test threw */
  constructor(
    readonly finding: Finding,
    cause: unknown,
  ) {
    super(findingLines(finding, plainScreen).join('\n'), { cause });
  }
}

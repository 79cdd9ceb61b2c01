import type { Reporter } from './reporter.js';
import { jsonText } from './words/json-text.js';

/** The stored document itself, brought up to this version. */
export const jsonReporter: Reporter = {
  format: 'json',
  describe: 'the results document, as --json prints it',
  fileName: 'report.json',
  render: ({ results }) => `${jsonText(results)}\n`,
};

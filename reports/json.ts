import type { Reporter } from './reporter.js';

/** The stored document itself, brought up to this version. */
export const jsonReporter: Reporter = {
  format: 'json',
  describe: 'the results document, as --json prints it',
  fileName: 'report.json',
  render: ({ results }) => `${JSON.stringify(results)}\n`,
};

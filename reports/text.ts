import type { Reporter } from './reporter.js';
import { resultsLines } from './terminal/results-lines.js';
import { plainScreen } from './terminal/screen.js';
import { escaped } from './words/escaped.js';

/** What the terminal shows, without colours, with everything in it. */
export const textReporter: Reporter = {
  format: 'text',
  describe: 'what the terminal shows, in full',
  fileName: 'report.txt',
  render: ({ results }) => `${resultsLines(escaped(results), plainScreen, 'verbose').join('\n')}\n`,
};

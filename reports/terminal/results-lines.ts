import type { Results } from '../../harness/verdict/results.js';
import { verdictSentence } from '../words/verdict.js';
import { protocolLines, repairLines } from './protocol-lines.js';
import { runLines } from './run-lines.js';
import { type Screen, wrapped } from './screen.js';
import { resultTable } from './table.js';

export type Detail = 'quiet' | 'normal' | 'verbose';

/**
 * What a command ends with: each run that has something to say, the table, the verdict in a sentence. Quiet: the
 * sentence alone. Verbose: all findings, and the system calls behind them.
 * @param results their texts escaped
 */
export function resultsLines(results: Results, screen: Screen, detail: Detail): string[] {
  const sentence = wrapped(verdictSentence(results), { columns: screen.columns, indent: 0 });
  if (detail === 'quiet') return sentence;
  const all = detail === 'verbose';
  // What came out as its scenario expects is in the table; whoever wants more of it asks.
  const telling = results.runs.filter(
    ({ findings, notes, met }) =>
      all || (met !== true && findings.length + notes.length > 0) || met === false,
  );
  return [
    ...telling.flatMap((run) => [
      ...runLines(run, screen, { all }),
      ...(all
        ? (run.protocols ?? []).flatMap((protocol) => [
            '',
            ...protocolLines(protocol, run.findings, screen.paint),
            ...repairLines(protocol),
          ])
        : []),
      '',
    ]),
    ...resultTable(results, screen),
    '',
    ...sentence,
  ];
}

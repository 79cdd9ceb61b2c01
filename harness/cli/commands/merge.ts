import type { Argv, CommandModule } from 'yargs';
import { resultsLines } from '../../../reports/terminal/results-lines.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import { writeMerged } from '../../run/planning/merge-results.js';
import { exitCodeOf } from '../../verdict/exit-code.js';
import { called } from '../called-as.js';

interface MergeArguments {
  runs: string[];
  out: string;
  json: boolean;
}

export const mergeCommand: CommandModule<object, MergeArguments> = {
  command: 'merge <runs..>',
  describe: 'Join the results of several commands, such as shards, into one results folder',
  builder: (yargs) =>
    yargs
      .positional('runs', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'results folders, folders of one run, or files that --json was written to',
      })
      .options({
        out: { type: 'string', default: 'plugpull-results', describe: 'folder for results' },
        json: {
          type: 'boolean',
          default: false,
          describe: 'print one JSON document on standard output',
        },
      })
      .example(
        '$0 merge shard-1 shard-2',
        'one folder of results, for `report` and `show`',
      ) as unknown as Argv<MergeArguments>,
  handler: ({ runs, out, json }) => {
    const { results, resultsFolder } = writeMerged(runs, out);
    const screen = screenOf(process.stdout, called());
    const lines = [...resultsLines(escaped(results), screen, 'normal'), `results: ${resultsFolder}`];
    process.stdout.write(json ? `${jsonText(results)}\n` : `${lines.join('\n')}\n`);
    process.exitCode = exitCodeOf(results.verdict, results.met);
  },
};

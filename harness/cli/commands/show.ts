import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { findingLines } from '../../../reports/terminal/finding-lines.js';
import { protocolLines, repairLines } from '../../../reports/terminal/protocol-lines.js';
import { runLines } from '../../../reports/terminal/run-lines.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { UsageError } from '../../verdict/errors.js';
import { openStoredResults, readStoredRun } from '../../verdict/stored-results.js';
import { called } from '../called-as.js';
import { runFolderOf } from '../run-argument.js';

interface ShowArguments {
  run: string;
  finding: string | undefined;
}

export const showCommand: CommandModule<object, ShowArguments> = {
  command: 'show <run> [finding]',
  describe: 'Explain a run or one of its findings in the terminal, with the system calls at fault',
  builder: (yargs) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'folder of a run; of a results folder the runs are listed',
      })
      .positional('finding', { type: 'string', describe: 'id of a finding, such as F1; all without it' })
      .example('$0 show plugpull-results/latest/no-fsync--ext4 F1', 'one finding'),
  handler: ({ run, finding }) => {
    if (finding === undefined && existsSync(join(run, 'results.json'))) {
      process.stdout.write(`${runsOf(run).join('\n')}\n`);
      return;
    }
    const result = escaped(readStoredRun(resolve(runFolderOf('show', run))));
    const screen = screenOf(process.stdout, called());
    const chosen = result.findings.filter(({ id }) => finding === undefined || id === finding);
    if (finding !== undefined && chosen.length === 0) {
      const known = result.findings.map(({ id }) => id).join(', ') || 'none';
      throw new UsageError(`show: ${run} has no finding ${finding}; it has ${known}`);
    }
    const lines =
      finding === undefined ? runLines({ ...result, findings: [], unlisted_findings: 0 }, screen) : [];
    for (const one of chosen) lines.push('', ...findingLines(one, screen));
    // Whoever asks about one finding wants the model it was made by; an observed one was made by none.
    const models = new Set(chosen.map(({ model }) => model));
    for (const protocol of result.protocols ?? []) {
      if (finding !== undefined && !models.has(protocol.model)) continue;
      lines.push('', ...protocolLines(protocol, chosen, screen.paint), ...repairLines(protocol));
    }
    process.stdout.write(`${lines.join('\n').trimStart()}\n`);
  },
};

/** A line a run, with the command that shows more of it. */
function runsOf(resultsFolder: string): string[] {
  const { runs } = escaped(openStoredResults(resultsFolder).results);
  const width = Math.max(...runs.map(({ scenario, storage }) => `${scenario} on ${storage}`.length));
  return runs.map(({ verdict, scenario, storage, findings, run }) => {
    const counted = findings.length === 1 ? '1 finding ' : `${findings.length} findings`;
    const name = `${scenario} on ${storage}`.padEnd(width);
    return `${verdict.padEnd(9)}  ${name}  ${counted}  ${called()} show ${shellQuote(run)}`;
  });
}

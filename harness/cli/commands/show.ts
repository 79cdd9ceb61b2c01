import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../verdict/errors.js';
import { readStoredRun } from '../../verdict/stored-results.js';
import { paintFor } from '../paint.js';
import { protocolLines, repairLines } from '../protocol-lines.js';
import { findingLines, resultLines } from '../result-lines.js';

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
        describe: 'folder of a run, in the results folder',
      })
      .positional('finding', { type: 'string', describe: 'id of a finding, such as F1; all without it' })
      .example('$0 show plugpull-results/latest/no-fsync--ext4 F1', 'one finding'),
  handler: ({ run, finding }) => {
    const result = readStoredRun(resolve(run));
    const paint = paintFor(process.stdout);
    const chosen = result.findings.filter(({ id }) => finding === undefined || id === finding);
    if (finding !== undefined && chosen.length === 0) {
      const known = result.findings.map(({ id }) => id).join(', ') || 'none';
      throw new UsageError(`show: ${run} has no finding ${finding}; it has ${known}`);
    }
    const lines = finding === undefined ? resultLines({ ...result, findings: [] }, paint) : [];
    for (const one of chosen) lines.push('', ...findingLines(one, paint));
    // Whoever asks about one finding wants the model it was made by; an observed one was made by none.
    const models = new Set(chosen.map(({ model }) => model));
    for (const protocol of result.protocols ?? []) {
      if (finding !== undefined && !models.has(protocol.model)) continue;
      lines.push('', ...protocolLines(protocol, chosen, paint), ...repairLines(protocol));
    }
    process.stdout.write(`${lines.join('\n').trimStart()}\n`);
  },
};

import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { visible } from '../../../reports/words/visible.js';
import { exportTrace } from '../../interchange/export.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { traceFolderOf } from '../../trace/find-trace.js';
import { emptyFolder } from '../empty-folder.js';
import { runFolderOf } from '../run-argument.js';

interface ExportArguments {
  trace: string;
  to: string;
  json: boolean;
}

export const exportCommand: CommandModule<object, ExportArguments> = {
  command: 'export <trace>',
  describe: 'Write a trace as base image and dm-log-writes log, for replay-log and others',
  builder: (yargs) =>
    yargs
      .positional('trace', {
        type: 'string',
        demandOption: true,
        describe: 'a trace folder, or the folder of a run with one in it',
      })
      .options({
        to: {
          type: 'string',
          demandOption: true,
          describe: 'folder for base.img and disk.log; new or empty',
        },
        json: { type: 'boolean', default: false, describe: 'print paths and marks as JSON' },
      })
      .example('$0 export plugpull-results/latest/save--ext4 --to /tmp/save', 'a run of plugpull run'),
  handler: async ({ trace, to, json }) => {
    const exported = await exportTrace(traceFolderOf(runFolderOf('export', trace)), emptyFolder('to', to));
    if (json) {
      process.stdout.write(`${JSON.stringify({ schema: 'plugpull.export/1', ...exported })}\n`);
      return;
    }
    const { base, log, entries, marks } = exported;
    const copy = shellQuote(join(base, '..', 'replayed.img'));
    const endMark = marks.length > 0 ? ` --end-mark ${shellQuote(marks.at(-1)!)}` : '';
    const lines = [
      `${base}: the disk when the recording began`,
      `${log}: ${entries} entries, ${marks.length} of them marks (the acks)`,
      `replay with xfstests' replay-log: cp --sparse=always ${shellQuote(base)} ${copy} && replay-log --log ${shellQuote(log)} --replay ${copy}${endMark}`,
    ];
    process.stdout.write(`${lines.map(visible).join('\n')}\n`);
  },
};

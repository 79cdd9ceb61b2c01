import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { resultsLines } from '../../../reports/terminal/results-lines.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import { answersFileName } from '../../probe/answers.js';
import { probeConfig } from '../../probe/config.js';
import { isProbeFolder, writeInvocation } from '../../probe/invocation.js';
import { joinedResults, shardsToJoin } from '../../probe/merge-shards.js';
import { documentOf, probesMet } from '../../probe/probe-document.js';
import { openStoredProbe } from '../../probe/stored-probe.js';
import { writeProbe } from '../../probe/write-probe.js';
import { writeMerged } from '../../run/planning/merge-results.js';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { exitCodeOf } from '../../verdict/exit-code.js';
import { called } from '../called-as.js';
import { probeLines } from '../probe-lines.js';

interface MergeArguments {
  runs: string[];
  out: string;
  json: boolean;
}

export const mergeCommand: CommandModule<object, MergeArguments> = {
  command: 'merge <runs..>',
  describe:
    'Join the results of several commands, such as shards, into one results folder; shards of a probe, too',
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
    if (runs.some(isProbeFolder)) {
      process.exitCode = mergeProbe(runs, { out, json });
      return;
    }
    const { results, resultsFolder } = writeMerged(runs, out);
    const screen = screenOf(process.stdout, called());
    const lines = [...resultsLines(escaped(results), screen, 'normal'), `results: ${resultsFolder}`];
    process.stdout.write(json ? `${jsonText(results)}\n` : `${lines.join('\n')}\n`);
    process.exitCode = exitCodeOf(results.verdict, results.met);
  },
};

/** Shards of a probe: as the probe would have come out without them. */
function mergeProbe(folders: readonly string[], { out, json }: { out: string; json: boolean }): number {
  const parts = shardsToJoin(folders, (folder) => openStoredProbe(folder)!.document);
  const config = probeConfig.parse(parts[0]!.invocation.config);
  const lines: string[][] = [];
  const probes = joinedResults(config, parts, (nth, line) => {
    lines[nth] ??= [];
    lines[nth].push(line);
  });
  const document = documentOf(config, null, probes);
  const folder = newResultsFolder(out);
  for (const [nth, some] of lines.entries())
    writeFileSync(join(folder, answersFileName(nth)), `${some.join('\n')}\n`);
  writeInvocation(folder, { ...parts[0]!.invocation, shard: null });
  writeProbe(folder, document);
  const told = [...probeLines(escaped(document), screenOf(process.stdout).paint), `results: ${folder}`];
  process.stdout.write(json ? `${jsonText(document)}\n` : `${told.join('\n')}\n`);
  return exitCodeOf(document.verdict, probesMet(probes));
}

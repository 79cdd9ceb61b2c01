import type { Argv, CommandModule } from 'yargs';
import { reporters } from '../../../reports/catalogue.js';
import { openForReport } from '../../../reports/opened.js';
import { requestedReports } from '../../../reports/requested.js';
import { writeReports } from '../../../reports/write-reports.js';
import { repositoryAround } from '../../verdict/repository.js';

interface ReportArguments {
  run: string;
  format: string[];
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <run>',
  describe: 'Make reports of finished runs, also of old ones',
  builder: (yargs) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'a results folder, the folder of one run, or a file that --json was written to',
      })
      .options({
        format: {
          type: 'string',
          array: true,
          nargs: 1,
          default: ['html'],
          describe: `formats, separated by commas, each with =FILE or =- (standard output): ${reporters.map(({ format }) => format).join(', ')}`,
        },
      })
      .example('$0 report plugpull-results/latest', 'one HTML file; its path is printed')
      .example('$0 report plugpull-results/latest --format junit=junit.xml,sarif', 'two formats for CI')
      .example(
        '$0 report plugpull-results/latest --format markdown=- >> "$GITHUB_STEP_SUMMARY"',
        'a job summary',
      ) as unknown as Argv<ReportArguments>,
  handler: ({ run, format }) => {
    const requested = requestedReports('--format', format);
    const stored = openForReport(run);
    const surroundings = { repository: repositoryAround(process.cwd()) };
    const written = writeReports(requested, stored, surroundings, (text) => process.stdout.write(text));
    // Beside a report on standard output, where the others lie is no part of it.
    const paths = requested.some(({ to }) => to === '-') ? process.stderr : process.stdout;
    for (const path of written) paths.write(`${path}\n`);
  },
};

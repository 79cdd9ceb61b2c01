/**
 * Commands that pages show and npm test does not run (they boot guests, take hours, or need what only their reader has):
 * the command line understands each one, with the values of its options.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CommandModule } from 'yargs';
import { pages, text } from '../../bench/docs/pages.js';
import { optionsShown } from '../../bench/docs/runnable.js';
import { commandLine } from '../../harness/cli/command-line.js';
import { checkCommand } from '../../harness/cli/commands/check.js';
import { doctorCommand } from '../../harness/cli/commands/doctor.js';
import { exportCommand } from '../../harness/cli/commands/export.js';
import { importCommand } from '../../harness/cli/commands/import.js';
import { initCommand } from '../../harness/cli/commands/init.js';
import { mergeCommand } from '../../harness/cli/commands/merge.js';
import { mountCommand } from '../../harness/cli/commands/mount.js';
import { mutantsCommand } from '../../harness/cli/commands/mutants.js';
import { probeCommand } from '../../harness/cli/commands/probe.js';
import { propertiesCommand } from '../../harness/cli/commands/properties.js';
import { recordCommand } from '../../harness/cli/commands/record.js';
import { reportCommand } from '../../harness/cli/commands/report.js';
import { runCommand } from '../../harness/cli/commands/run.js';
import { schemaCommand } from '../../harness/cli/commands/schema.js';
import { showCommand } from '../../harness/cli/commands/show.js';
import { vmBuildCommand } from '../../harness/cli/commands/vm-build.js';
import { vmCleanCommand } from '../../harness/cli/commands/vm-clean.js';
import { vmListCommand } from '../../harness/cli/commands/vm-list.js';
import { workerCommand } from '../../harness/cli/commands/worker.js';
import { scenarioOfCommand } from '../../harness/cli/scenario-options/scenarios-of.js';
import { checkout } from '../e2e/plugpull.js';
import { commandsShown } from './shown-commands.js';

const judging = [runCommand, recordCommand, checkCommand, mutantsCommand];
const others = [
  ...[initCommand, showCommand, schemaCommand, reportCommand, mergeCommand, mountCommand, probeCommand],
  propertiesCommand,
  ...[importCommand, exportCommand, doctorCommand, workerCommand],
];

const quiet = (command: unknown, handler: (args: never) => void = () => {}): unknown => ({
  ...(command as CommandModule),
  handler,
});
/** The same command lines, of commands that do nothing but understand the options of a scenario. */
const dry = [
  ...judging.map((command) => quiet(command, (args) => void scenarioOfCommand(['true'], args))),
  ...others.map((command) => quiet(command)),
];
const dryVm = [vmBuildCommand, vmListCommand, vmCleanCommand].map((command) => quiet(command));

const problemOf = async (words: readonly string[]): Promise<string | null> => {
  try {
    await (words[0] === 'vm' ? commandLine(words.slice(1), dryVm) : commandLine(words, dry)).parseAsync();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

t.test('each is understood', async (t) => {
  const scripts = (
    JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  ).scripts;
  let count = 0;
  const wrong: string[] = [];
  for (const page of pages) {
    for (const { program, words } of commandsShown(text(page))) {
      count++;
      const script = words[0] === 'run' ? words.find((word) => !/^-|^run$/.test(word)) : words[0];
      const problem =
        program === 'plugpull'
          ? await problemOf(words)
          : ['install', 'ci'].includes(script!) || Object.hasOwn(scripts, script!)
            ? null
            : `package.json has no script ${script}`;
      if (problem !== null) wrong.push(`${page}: ${program} ${words.join(' ')}: ${problem}`);
    }
  }
  t.strictSame(wrong, []);
  t.ok(count > 60, `${count} commands`);
});

t.test('options in running text are those that the help of their command tells of', async (t) => {
  const shown = pages.flatMap((page) => optionsShown(text(page)).map((option) => ({ page, ...option })));
  const told = new Map<string, string>();
  for (const command of new Set(shown.map(({ command }) => command)))
    told.set(command, await commandLine([command], dry).getHelp());
  const isTold = (command: string, option: string): boolean =>
    new RegExp(`--(?:no-)?${option}\\b`).test(told.get(command)!);
  t.strictSame(
    shown.filter(({ command, option }) => !isTold(command, option)),
    [],
  );
  t.ok(shown.length > 20);
  t.ok(isTold('run', 'fs') && !isTold('check', 'disk') && !isTold('run', 'no-such'));
});

t.test('what is wrong is seen', async (t) => {
  t.match(await problemOf(['run', '--fss', 'ext4', '--', 'true']), /Unknown argument/);
  t.match(await problemOf(['run', '--disk', 'cache=sometimes', '--', 'true']), /cache/);
  t.match(await problemOf(['import', '--base', 'a']), /[Mm]issing/);
  t.equal(await problemOf(['run', '--mkfs-options', '-O fast_commit', '--fs', 'ext4', '--', 'true']), null);
  t.equal(await problemOf(['run', '--', 'mkfs', '--mkfs-options', '-O']), null, "a program's own");
  t.match(await problemOf(['run', '--size', '-O', '--', 'true']), /Unknown argument: O/);
  const fence = '```';
  const shown = `${fence}sh\nplugpull run --fs ext4 # any\nbin/plugpull check 'a b' \\\n      --dry\nls\n${fence}\n`;
  t.strictSame(commandsShown(shown), [
    { program: 'plugpull', words: ['run', '--fs', 'ext4'] },
    { program: 'plugpull', words: ['check', 'a b', '--dry'] },
  ]);
});

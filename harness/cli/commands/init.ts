import { existsSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { shellQuote } from '../../scenario/shell-quote.js';
import { UsageError } from '../../verdict/errors.js';
import { makeFolder } from '../../verdict/make-folder.js';
import { called } from '../called-as.js';
import { firstPrograms, type Language, languages } from '../first-programs.js';
import { usualScenario } from '../scenario-options/scenarios-of.js';

const scenarioName = usualScenario;
const scenarioWith = (run: string): string => `# A first scenario. Run it with: plugpull run ${scenarioName}
# Each key has its command-line option: plugpull run --help

name: save-notes

workload:
  # Started in the root of a fresh disk whose every write is recorded. $SCENARIO is the folder of this file.
  run: ${run}
  timeout: 30s
  # What is to be on the disk before the recording starts:
  # setup: echo old > notes.txt

ack:
  # A line of its output that matches says "this is safe now": from there on a power cut must not take it.
  stdout: '^(saved .*)$'

promise:
  # All that the program could see in its folder at an ack is there after a power cut.
  snapshot: true
  # Old or new content at every moment, acked or not; nothing in between.
  atomic: [notes.txt]

# A program that decides instead, or as well: exit code 0 means the promises hold, 1 that they do not.
# checker:
#   run: python3 "$SCENARIO/check.py"

storage:
  # ext2, ext3, ext4, xfs, btrfs; as many as you like. Options as for mkfs and mount.
  - fs: ext4
  # - { fs: xfs, mount: [noatime] }

explore:
  # What is kept or lost as one: write, or torn writes too with block or sector.
  granularity: write

expect:
  # With this, plugpull run ends with 0 when it came out so, and with 1 when it did not.
  contract: pass
  observed: pass
`;

export const initCommand: CommandModule<object, { folder: string; language: Language }> = {
  command: 'init [folder]',
  describe: `Write a first scenario, ${scenarioName}, and a small program for it`,
  builder: (yargs) =>
    yargs
      .positional('folder', { type: 'string', default: '.', describe: 'where; made when it is not there' })
      .option('language', {
        choices: languages,
        default: 'python' as const,
        describe: 'what the small program is written in',
      })
      .example('$0 init', 'in this folder')
      .example('$0 init crash-tests', 'in a folder of its own'),
  handler: ({ folder, language }) => {
    const root = resolve(String(folder));
    const program = firstPrograms[language];
    const files = [
      { path: join(root, scenarioName), text: scenarioWith(program.run(root)) },
      { path: join(root, program.file), text: program.text },
    ];
    for (const { path } of files) {
      if (existsSync(path)) {
        throw new UsageError(
          `init: ${path} is there already and is not overwritten; name another folder, or move it`,
        );
      }
    }
    try {
      makeFolder(root);
      for (const { path, text } of files) writeFileSync(path, text, { flag: 'wx' });
    } catch (error) {
      throw new UsageError(`init: cannot write to ${root}: ${(error as Error).message}`);
    }
    const path = join(root, scenarioName);
    const near = relative('.', path);
    const shown = near.startsWith('..') ? path : near;
    process.stdout.write(
      `${files.map(({ path }) => `wrote ${path}\n`).join('')}next: ${called()} run ${shellQuote(shown)}\n`,
    );
  },
};

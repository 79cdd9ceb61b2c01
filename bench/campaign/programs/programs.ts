/** Real programs through `plugpull run`, held against what their system calls say; makes docs/programs.md. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RunResult } from '../../../harness/verdict/results.js';
import { checkoutFolder } from '../../checkout.js';
import { Lab } from '../../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from '../campaign.js';
import { plugpullResults } from '../plugpull-results.js';
import { realPrograms } from './catalogue.js';
import { installedPrograms } from './installed-programs.js';
import { type Answered, programsPage } from './page.js';
import { type Expected, programFileSystems, type Question, type RealProgram } from './real-program.js';

export const programs: Campaign = {
  name: 'programs',
  about:
    'real programs from Debian and npm on ext4, xfs and btrfs, against a table read off their system calls; --only WORD takes those with it in their name',
  async run(context) {
    const folder = await prepare();
    const tried = realPrograms.filter(({ name }) => name.includes(context.only ?? ''));
    const answered: Answered[] = [];
    const lab = Lab.open();
    try {
      for (const program of tried) answered.push(...(await ask(program, folder, lab, context)));
    } finally {
      lab.close();
    }
    const page = join(checkoutFolder, 'docs/programs.md');
    writeFileSync(
      page,
      programsPage(answered, tried.length < realPrograms.length ? readFileSync(page, 'utf8') : ''),
    );
    const wrong = answered.flatMap(({ program, question, differences }) =>
      differences.map((difference) => `${program.name}, ${question}: ${difference}`),
    );
    if (wrong.length > 0) throw new CampaignFailure(wrong.join('; '));
    return `${tried.length} programs, ${answered.length} questions, as their system calls say`;
  },
};

async function prepare(): Promise<string> {
  const installed = await installedPrograms();
  mkdirSync(installed, { recursive: true });
  const sources = join(checkoutFolder, 'bench/campaign/programs/sources');
  cpSync(sources, installed, { recursive: true });
  const { stdout } = await execa('pkg-config', ['--cflags', '--libs', 'glib-2.0']);
  const output = join(installed, 'set-contents');
  await execa('gcc', ['-o', output, join(sources, 'set-contents.c'), ...stdout.split(/\s+/).filter(Boolean)]);
  if (!existsSync(output)) throw new CampaignFailure(`gcc made no ${output}`);
  return installed;
}

async function ask(
  program: RealProgram,
  folder: string,
  lab: Lab,
  { signal, say }: CampaignContext,
): Promise<Answered[]> {
  const env = { PROGRAMS: folder };
  const { stdout: version } = await execa('/bin/sh', ['-c', program.version], { env, reject: false });
  const answered: Answered[] = [];
  for (const question of ['kept', 'whole'] as const) {
    const asked = program[question];
    if (!asked) continue;
    const { runs } = await plugpullResults(argsOf(program, asked, folder, lab), { signal, env });
    const differences = runs.flatMap((run, i) => differencesOf(run, asked.expected, programFileSystems[i]!));
    if (!version.includes(program.pinned))
      differences.push(
        `version ${version || 'none'} is there, expected ${program.pinned}: its calls may be others`,
      );
    answered.push({ program, version, question, runs, differences });
    say(`${program.name}, ${question}: ${differences.length === 0 ? 'as expected' : differences.join('; ')}`);
  }
  return answered;
}

function argsOf({ setup, run }: RealProgram, { args }: Question, folder: string, lab: Lab): string[] {
  return [
    ...['--fs', programFileSystems.join(','), '--ack-stdout', '^ACK ', '--env', `PROGRAMS=${folder}`],
    ...(setup === undefined ? [] : ['--setup', setup]),
    ...['--out', lab.path('programs'), ...args, '--', 'sh', '-c', run],
  ];
}

function differencesOf(
  run: RunResult,
  expected: Expected,
  fs: (typeof programFileSystems)[number],
): string[] {
  const differences: string[] = [];
  if (run.contract !== expected.contract)
    differences.push(`${fs}: contract ${run.contract}, expected ${expected.contract}`);
  if (run.observed !== expected.observed[fs])
    differences.push(`${fs}: observed ${run.observed}, expected ${expected.observed[fs]}`);
  return differences;
}

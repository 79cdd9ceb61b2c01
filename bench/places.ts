/**
 * `npm run docs:places`: makes docs/places.md by running scenarios on the host, on the host with recoveries in User-mode Linux,
 * and in User-mode Linux, which has to give the same two verdicts. FOLDER...: those folders of scenarios/; what the page says
 * of the others stays.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Results, RunResult } from '../harness/verdict/results.js';
import { table } from './campaign/kept-rows.js';
import { checkoutFolder, plugpullPath } from './checkout.js';

const allFolders = ['seeds', 'broken', 'storage', 'matrix', 'apps'];
const introduction = `# One verdict, wherever a scenario runs

The scenarios of \`scenarios/\` recorded and recovered on the host; recorded there and recovered in User-mode Linux
(\`--recover uml\`); recorded and recovered in User-mode Linux (\`--place vm --kernel uml --vm-recover uml\`): contract /
observed, and the crash states of the recording. Those vary with each kernel's write-back; the verdicts have to be the same.
Made by \`npm run docs:places\`.

**ext2 is two programs.** Where a kernel has no driver of ext2's own, ext4's mounts it (\`CONFIG_EXT4_USE_FOR_EXT2\`), and without a
journal it writes metadata in another order: in the crash state that loses, of two blocks that rename and fsync(directory)
wrote in one epoch one is there and the other is not, and the file cannot be read (EIO). User-mode Linux has the driver of old. Who recovers makes no difference, measured with atomic-replace: recorded on the host
(ext4's driver) it is a violation, also where User-mode Linux recovers; recorded in User-mode Linux it passes, also where the
host recovers. \`dmesg\` says \`mounting ext2 file system using the ext4 subsystem\` where it is ext4's.
`;

/** By the heads of the table's columns. */
const places = {
  host: ['--place', 'host', '--recover', 'host'],
  'recover uml': ['--place', 'host', '--recover', 'uml'],
  uml: ['--place', 'vm', '--kernel', 'uml', '--vm-recover', 'uml'],
};
const columns = Object.keys(places);
const head = ['scenario', 'storage', ...columns, ...columns.map((place) => `states, ${place}`), ''];
const differs = '**differs**';

const pagePath = join(checkoutFolder, 'docs/places.md');
const asked = process.argv.slice(2);
const folders = asked.length > 0 ? asked : allFolders;
const out = mkdtempSync(join(tmpdir(), 'plugpull-places-'));
try {
  for (const folder of folders) {
    const measured: Results[] = [];
    for (const options of Object.values(places)) measured.push(await results(folder, options));
    const [host, ...others] = measured as [Results, ...Results[]];
    const rows = host.runs.map((run, position) => row([run, ...others.map(({ runs }) => runs[position])]));
    // After each folder: whoever ends it early keeps what there is.
    writeFileSync(pagePath, page(folder, rows, `${host.environment.kernel}`));
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}

/** The page with the rows of one folder anew. */
function page(folder: string, rows: readonly string[][], kernel: string): string {
  const before = readFileSync(pagePath, 'utf8').split(/^## /m).slice(1);
  const sections = new Map(
    before.map((text): [string, string] => {
      const end = text.indexOf('\n');
      return [text.slice(0, end), text.slice(end).trim()];
    }),
  );
  sections.set(
    folder,
    `Host: Linux ${kernel}.\n\n${table(
      head,
      rows.map((cells) => `| ${cells.join(' | ')} |`),
    )}`,
  );
  const known = allFolders.filter((name) => sections.has(name));
  const all = known.flatMap((name) =>
    sections
      .get(name)!
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2),
  );
  const differing = all.filter((line) => line.includes(differs)).length;
  const sum = `${all.length - differing} runs give the same two verdicts in all places, ${differing} do not.`;
  const texts = known.map((name) => `## ${name}\n\n${sections.get(name)}`);
  return `${[introduction, sum, ...texts].join('\n\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

async function results(folder: string, place: readonly string[]): Promise<Results> {
  const words = ['run', join(checkoutFolder, 'scenarios', folder), ...place, '--json', '--out', out];
  const { stdout } = await execa(plugpullPath, words, {
    cwd: checkoutFolder,
    reject: false,
    stderr: 'inherit',
    stdin: 'ignore',
  });
  return JSON.parse(stdout) as Results;
}

/** @param runs one for each place, the host's first */
function row(runs: readonly [RunResult, ...(RunResult | undefined)[]]): string[] {
  const verdicts = runs.map((run) => (run ? `${run.contract ?? '-'} / ${run.observed ?? '-'}` : 'not run'));
  const states = runs.map((run) =>
    (run?.coverage ?? [])
      .filter(({ engine }) => engine !== 'contract')
      .map(({ states: covered }) => covered)
      .join(', '),
  );
  const { scenario, storage } = runs[0];
  return [scenario, storage, ...verdicts, ...states, new Set(verdicts).size > 1 ? differs : ''];
}

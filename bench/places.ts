/**
 * `npm run docs:places`: makes docs/places.md by running scenarios on the host and in User-mode Linux, which has to give
 * the same two verdicts. FOLDER...: those folders of scenarios/ instead of all.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Results, RunResult } from '../harness/verdict/results.js';
import { checkoutFolder, plugpullPath } from './checkout.js';

const allFolders = ['seeds', 'broken', 'storage', 'matrix', 'apps'];
const introduction = `# One verdict, wherever a scenario runs

The scenarios of \`scenarios/\` recorded and recovered on the host, and recorded and recovered in User-mode Linux
(\`--place vm --kernel uml --vm-recover uml\`): contract / observed, and the crash states of the recording. Those vary with
each kernel's write-back; the verdicts have to be the same. Made by \`npm run docs:places\`.

**ext2 is two programs.** Where a kernel has no driver of ext2's own, ext4's mounts it (\`CONFIG_EXT4_USE_FOR_EXT2\`), and without a
journal it writes metadata in another order: in the crash state that loses, of two blocks that rename and fsync(directory)
wrote in one epoch one is there and the other is not, and the file cannot be read (EIO). User-mode Linux has the driver of old. Who recovers makes no difference, measured with atomic-replace: recorded on the host
(ext4's driver) it is a violation, also where User-mode Linux recovers; recorded in User-mode Linux it passes, also where the
host recovers. \`dmesg\` says \`mounting ext2 file system using the ext4 subsystem\` where it is ext4's.
`;

const asked = process.argv.slice(2);
const folders = asked.length > 0 ? asked : allFolders;
const out = mkdtempSync(join(tmpdir(), 'plugpull-places-'));
try {
  const sections: string[] = [];
  let same = 0;
  let other = 0;
  for (const folder of folders) {
    const [host, uml] = await Promise.all([
      results(folder, ['--place', 'host']),
      results(folder, ['--place', 'vm', '--kernel', 'uml', '--vm-recover', 'uml']),
    ]);
    const rows = host.runs.map((run, position) => row(run, uml.runs[position]));
    const differing = rows.filter((cells) => cells.at(-1) !== '').length;
    same += rows.length - differing;
    other += differing;
    sections.push(`## ${folder}\n\n${table(rows)}`);
    const sum = `${same} runs give the same two verdicts in both places, ${other} do not. Host: Linux ${host.environment.kernel}.`;
    const page = `${[introduction, sum, ...sections].join('\n\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
    // After each folder: whoever ends it early keeps what there is.
    writeFileSync(join(checkoutFolder, 'docs/places.md'), page);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
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

function row(host: RunResult, uml: RunResult | undefined): string[] {
  const verdicts = (run: RunResult): string => `${run.contract ?? '-'} / ${run.observed ?? '-'}`;
  const states = (run: RunResult): string =>
    run.coverage
      .filter(({ engine }) => engine !== 'contract')
      .map(({ states: covered }) => covered)
      .join(', ');
  if (!uml) return [host.scenario, host.storage, verdicts(host), 'not run', states(host), '', '**differs**'];
  const differs = verdicts(host) !== verdicts(uml);
  return [
    host.scenario,
    host.storage,
    verdicts(host),
    verdicts(uml),
    states(host),
    states(uml),
    differs ? '**differs**' : '',
  ];
}

function table(rows: readonly string[][]): string {
  const head = ['scenario', 'storage', 'host', 'uml', 'states on the host', 'states in uml', ''];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

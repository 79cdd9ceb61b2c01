/**
 * `npm run docs:verdicts`: makes docs/verdicts.md by running every workload of scenarios/seeds and scenarios/broken
 * on three file systems with both engines.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findScenarioFiles, loadScenario } from '../harness/scenario/load.js';
import type { Finding } from '../harness/verdict/finding.js';
import type { Results, RunResult } from '../harness/verdict/results.js';
import { checkoutFolder, plugpullPath } from './checkout.js';

const fileSystems = ['ext4', 'xfs', 'btrfs'];
const introduction = `# Verdicts

Every workload of \`scenarios/seeds\` and \`scenarios/broken\`: what it relies on by the system calls alone (contract, the
\`posix\` model), and what the file systems lose (observed: every crash state of the recording, on a disk with a volatile
cache). Workloads with a failing disk run on ext4 only, at which their faults are aimed. *Masked* means that the contract is broken and this file system loses nothing all the same. Made by
\`npm run docs:verdicts\`; the numbers of crash states vary with the kernel's write-back, the verdicts should not.
`;

const out = mkdtempSync(join(tmpdir(), 'plugpull-verdicts-'));
try {
  const sections: string[] = [];
  const environments = new Set<string>();
  for (const folder of ['seeds', 'broken']) {
    const results = await run(folder);
    const { tool, environment } = results;
    environments.add(
      `${tool.name} ${tool.version}, Linux ${environment.kernel}, ${environment.distribution}`,
    );
    sections.push(`## ${folder}\n\n${table(results.runs)}`);
  }
  const page = [
    introduction,
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${[...environments].join('; ')}.\n`,
    ...sections,
  ]
    .join('\n\n')
    .replaceAll(/\n{3,}/g, '\n\n');
  writeFileSync(join(checkoutFolder, 'docs/verdicts.md'), `${page}\n`);
} finally {
  rmSync(out, { recursive: true, force: true });
}

async function run(folder: string): Promise<Results> {
  const scenarios = findScenarioFiles([join(checkoutFolder, 'scenarios', folder)]);
  const faulty = scenarios.filter((file) => loadScenario(file).scenario.storage[0]!.disk.faults.length > 0);
  const healthy = scenarios.filter((file) => !faulty.includes(file));
  const results = await plugpull([...healthy, '--fs', fileSystems.join(',')]);
  // Their faults are aimed at operations of ext4: they run as they are.
  if (faulty.length > 0) results.runs.push(...(await plugpull(faulty)).runs);
  return results;
}

async function plugpull(words: readonly string[]): Promise<Results> {
  const { stdout } = await execa(plugpullPath, ['run', ...words, '--json', '--out', out], {
    cwd: checkoutFolder,
    reject: false,
    stderr: 'inherit',
    stdin: 'ignore',
  });
  return JSON.parse(stdout) as Results;
}

/** A row a workload. */
function table(runs: readonly RunResult[]): string {
  const names = [...new Set(runs.map(({ scenario }) => scenario))];
  const header = ['workload', 'contract', ...fileSystems, 'what is missing', 'repair'];
  const rows = names.map((name) =>
    row(
      name,
      runs.filter(({ scenario }) => scenario === name),
    ),
  );
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function row(name: string, runs: readonly RunResult[]): string[] {
  const first = runs[0]!;
  const contract = first.findings.filter(({ evidence }) => evidence === 'contract');
  return [
    name,
    first.contract ?? '-',
    ...fileSystems.map((fs) => observedCell(runs.find(({ storage }) => storage.split(',')[0] === fs))),
    lines(contract.map(({ property }) => property)),
    lines(contract.map(repairOf)),
  ];
}

function observedCell(run: RunResult | undefined): string {
  if (!run) return 'not run';
  const contract = run.findings.filter(({ evidence }) => evidence === 'contract');
  return contract.length > 0 && contract.every(({ masked }) => masked)
    ? `${run.observed}, masked`
    : `${run.observed}`;
}

function repairOf({ fix }: Finding): string {
  return fix ?? 'none among sync calls';
}

function lines(texts: readonly string[]): string {
  return [...new Set(texts)]
    .map((text) => text.replaceAll('|', '\\|').replaceAll(/(\\x00)+/g, '\\x00...'))
    .join('<br>');
}

import type { RunResult } from '../../../harness/verdict/results.js';
import { programFileSystems, type RealProgram } from './catalogue.js';

/** One question put to one program, on each file system. */
export interface Answered {
  program: RealProgram;
  version: string;
  question: 'kept' | 'whole';
  runs: readonly RunResult[];
  /** Where the answer is not what the system calls say. */
  differences: readonly string[];
}

const introduction = `# Real programs

What programs rely on by their system calls (contract, the \`posix\` model), and what file systems lose of theirs (observed).
*Kept*: what was written is there after the program said that it was done. *Whole*: at every instant there is one whole
version of the data. *Masked*: the contract is broken, and this file system lost nothing in recordings under each kind of
schedule. States are crash states over all recordings; with a + not every one of them was looked at. Made by
\`npm run campaign -- programs\`, which holds each answer against what the calls say (\`bench/campaign/programs/catalogue.ts\`).
`;

/** docs/programs.md. */
export function programsPage(answered: readonly Answered[]): string {
  const head = [
    'program',
    'version',
    'calls that decide',
    'question',
    'contract',
    ...programFileSystems,
    'states',
    'seconds',
  ];
  const rows = answered.map(({ program, version, question, runs }) => [
    program.name,
    version,
    `\`${program.calls}\``,
    question,
    `${runs[0]?.contract}`,
    ...runs.map(observed),
    runs.map(states).join(', '),
    String(Math.round(runs.reduce((sum, run) => sum + seconds(run), 0))),
  ]);
  const wrong = answered.flatMap(({ program, question, differences }) =>
    differences.map((difference) => `- ${program.name}, ${question}: ${difference}`),
  );
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const differing =
    wrong.length === 0
      ? 'Every answer is what the system calls say.'
      : `Not what the system calls say:\n\n${wrong.join('\n')}`;
  return `${introduction}\n${table}\n\n${differing}\n`;
}

function observed({ observed, findings }: RunResult): string {
  const contract = findings.filter(({ evidence }) => evidence === 'contract');
  const masked = contract.length > 0 && contract.every((finding) => finding.masked);
  return masked ? `${observed}, masked` : `${observed}`;
}

function states({ coverage }: RunResult): string {
  const replayed = coverage.filter(({ engine }) => engine === 'replay');
  const sum = replayed.reduce((total, one) => total + BigInt(one.states), 0n);
  const text = sum > 1_000_000n ? Number(sum).toExponential(1) : `${sum}`;
  return replayed.every(({ exhaustive }) => exhaustive) ? text : `${text}+`;
}

function seconds({ timing_ms }: RunResult): number {
  return Object.values(timing_ms).reduce((sum, one) => sum + one, 0) / 1000;
}

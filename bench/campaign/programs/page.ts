import type { RunResult } from '../../../harness/verdict/results.js';
import { keptRows, table } from '../kept-rows.js';
import { programFileSystems, type RealProgram } from './real-program.js';

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
\`npm run campaign -- programs\`, which holds each answer against what the calls say (\`bench/campaign/programs/\`).
`;

const asExpected = 'Every answer is what the system calls say.';
const otherwise = 'Not what the system calls say:';

/** The question stands beside the name, so that the two tell a row. */
const head = [
  'program',
  'question',
  'version',
  'calls that decide',
  'contract',
  ...programFileSystems,
  'states',
  'seconds',
];

/**
 * docs/programs.md.
 *
 * @param before the page that is there, whose rows stand where nothing was asked
 */
export function programsPage(answered: readonly Answered[], before = ''): string {
  const rows = keptRows(before, 2);
  const wrong = new Map(differencesIn(before).map((line) => [line, askedIn(line)]));
  for (const one of answered) {
    const key = `${one.program.name}, ${one.question}`;
    rows.add(rowOf(one));
    for (const [line, asked] of wrong) if (asked === key) wrong.delete(line);
    for (const difference of one.differences) wrong.set(`- ${key}: ${difference}`, key);
  }
  const differing = wrong.size === 0 ? asExpected : `${otherwise}\n\n${[...wrong.keys()].join('\n')}`;
  return `${introduction}\n${table(head, rows.all())}\n\n${differing}\n`;
}

function rowOf({ program, version, question, runs }: Answered): string[] {
  return [
    program.name,
    question,
    version,
    `\`${program.calls}\``,
    `${runs[0]?.contract}`,
    ...runs.map(observed),
    runs.map(states).join(', '),
    String(Math.round(runs.reduce((sum, run) => sum + seconds(run), 0))),
  ];
}

function differencesIn(page: string): string[] {
  return page.split('\n').filter((line) => line.startsWith('- '));
}

function askedIn(difference: string): string {
  return difference.slice(2).replace(/: (?:ext4|xfs|btrfs|version)\b.*/, '');
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

/** What the probe prints for a person. */

import type { ChalkInstance } from 'chalk';
import { counted } from '../../reports/words/count.js';
import { lossText } from '../../reports/words/property.js';
import type { QueueProgress } from '../jobs/ask-probe.js';
import type { FindingGroup, ProbeDocument, ProbeResult, ProbeTally } from '../probe/probe-document.js';
import { shortCount } from '../verdict/short-count.js';

/** One virtual machine of it: 4.6 s a workload (Mohan et al., OSDI 2018, section 6). */
const crashMonkeyRate = (1 / 4.6).toFixed(1);

/** One line, rewritten while it goes on. @param position from 0 to 1 */
export function probeProgress(
  name: string,
  { tried, recoveries, workloads }: ProbeTally,
  position: number,
): string {
  const broken = workloads.broken > 0 ? `, ${workloads.broken} broken` : '';
  return `${name}: ${Math.floor(position * 100)} %, ${tried} workloads, ${recoveries} recoveries${broken}`;
}

/** The same of a queue: one line for the whole. */
export function queueProgress({ jobs, done, workers, tried, broken }: QueueProgress): string {
  const found = broken > 0 ? `, ${broken} broken` : '';
  return `${done} of ${jobs} jobs, ${tried} workloads${found}, ${workers} worker${workers === 1 ? '' : 's'}${workers === 0 ? ': start one with plugpull worker' : ''}`;
}

export function probeLines(document: ProbeDocument, paint: ChalkInstance): string[] {
  const { probes, selection, scope } = document;
  const kernels = [...new Set(probes.map(({ kernel }) => kernel))];
  const lines = [`${selection}, Linux ${kernels.join(' and ')}`, `crash states: ${scope}`, ''];
  for (const probe of probes) lines.push(...storageLines(probe, paint), '');
  if (kernels.length > 1) lines.push(...kernelTable(probes, kernels), '');
  else if (probes.length > 1) lines.push(...table(probes), '');
  return lines;
}

function storageLines(probe: ProbeResult, paint: ChalkInstance): string[] {
  const { name, verdict, workloads, states, recoveries, workloads_per_second: rate, met } = probe;
  const colour = { pass: paint.green, violation: paint.red, unknown: paint.yellow }[verdict];
  const tried = Object.values(workloads).reduce((sum, count) => sum + count, 0);
  const keep = workloads.kept === 1 ? 'keeps' : 'keep';
  const asExpected = met === null ? '' : met ? ', as expected' : paint.red(', not as expected');
  return [
    `${colour(verdict)} ${name}${asExpected}`,
    `  ${workloads.kept} of ${counted(tried, 'workload')} ${keep} what is owed in every crash state: ${shortCount(BigInt(states))} states, ${recoveries} recoveries, ${rate} workloads a second (CrashMonkey: ${crashMonkeyRate})`,
    ...(probe.complete ? [] : ['  interrupted: not all workloads were tried']),
    ...probe.reasons.map(
      ({ outcome, reason, workloads: n }) => `  ${outcome}: ${counted(n, 'workload')}: ${reason}`,
    ),
    ...probe.findings.flatMap((group) => findingLines(group, name, paint)),
  ];
}

export function findingLines(
  { rules, kind, workloads, shortest }: FindingGroup,
  storage: string,
  paint: ChalkInstance,
): string[] {
  const { name, lines, finding } = shortest;
  return [
    '',
    `  ${paint.bold(kind)} (${rules}), ${workloads} workload${workloads === 1 ? '' : 's'}; the shortest, ${name}:`,
    ...lines.map((line) => `      ${line}`),
    `    ${storage} ${finding.text}, ${lossText(finding)}`,
  ];
}

/** A line a storage, a column a kernel: what each came to, and how many workloads it breaks. */
function kernelTable(probes: readonly ProbeResult[], kernels: readonly string[]): string[] {
  const names = [...new Set(probes.map(({ name }) => name))];
  const width = Math.max(7, ...names.map((name) => name.length));
  const cell = (name: string, kernel: string): string => {
    const probe = probes.find((one) => one.name === name && one.kernel === kernel);
    if (!probe) return '';
    const { verdict, workloads } = probe;
    return workloads.broken > 0 ? `${verdict} (${workloads.broken} broken)` : verdict;
  };
  const widths = kernels.map((kernel) =>
    Math.max(kernel.length, ...names.map((name) => cell(name, kernel).length)),
  );
  const row = (first: string, cells: readonly string[]): string =>
    [first.padEnd(width), ...cells.map((text, i) => text.padEnd(widths[i]!))].join('  ').trimEnd();
  return [
    row('storage', kernels),
    ...names.map((name) =>
      row(
        name,
        kernels.map((kernel) => cell(name, kernel)),
      ),
    ),
  ];
}

function table(probes: readonly ProbeResult[]): string[] {
  const width = Math.max(7, ...probes.map(({ name }) => name.length));
  const row = (cells: readonly string[]): string =>
    [cells[0]!.padEnd(width), ...cells.slice(1).map((cell) => cell.padStart(11))].join('  ').trimEnd();
  return [
    row(['storage', 'verdict', 'kept', 'broken', 'unsupported', 'states', 'workloads/s']),
    ...probes.map(
      ({ name, verdict, workloads: { kept, broken, unsupported }, states, workloads_per_second }) =>
        row([
          name,
          verdict,
          `${kept}`,
          `${broken}`,
          `${unsupported}`,
          shortCount(BigInt(states)),
          `${workloads_per_second}`,
        ]),
    ),
  ];
}

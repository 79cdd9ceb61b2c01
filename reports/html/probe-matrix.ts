/**
 * The matrix of a probe: a row a storage, a column for each kind of thing that some storage did not keep, each breach a
 * link to its counterexample. Plain HTML, so that it is the same with and without JavaScript.
 */

import type { FindingGroup, ProbeDocument, ProbeResult } from '../../harness/probe/probe-document.js';
import { shortCount } from '../../harness/verdict/short-count.js';
import { bodyOf } from '../probe/as-results.js';
import { counted } from '../words/count.js';
import { markup } from '../words/markup.js';

/** The element that the page moves to where it shows it. */
export const matrixId = 'matrix';

export function probeMatrix({ probes, selection, scope, kernel }: ProbeDocument): string {
  const kinds = kindsOf(probes);
  const several = new Set(probes.map((probe) => probe.kernel)).size > 1;
  return `<section class="matrix" id="${matrixId}" aria-label="storages">
<h2>Storages</h2>
<p class="quiet">${markup(`${selection}, on Linux ${kernel}; crash states: ${scope}`)}</p>
<div class="scroll"><table>
<thead><tr><th>storage</th><th>verdict</th><th>workloads kept</th>${kinds.map(kindHead).join('')}<th>crash states</th></tr></thead>
<tbody>
${probes.map((probe, row) => storageRow(probe, row, { kinds, showKernel: several })).join('\n')}
</tbody></table></div>
<p class="legend"><span><i class="key kept"></i> kept in every crash state</span><span><i class="key broken"></i> broken: the number of workloads, and a link to the shortest</span><span><i class="key unknown"></i> unknown</span><span><i class="key unsupported"></i> the file system cannot do it</span></p>
</section>`;
}

interface Kind {
  rules: FindingGroup['rules'];
  kind: string;
}

/** What the texts owe first. */
function kindsOf(probes: readonly ProbeResult[]): Kind[] {
  const byKey = new Map<string, Kind>();
  for (const { rules, kind } of probes.flatMap(({ findings }) => findings))
    byKey.set(`${rules} ${kind}`, { rules, kind });
  const rank = ({ rules, kind }: Kind): string => `${rules === 'posix' ? 0 : 1} ${kind}`;
  return [...byKey.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function kindHead({ rules, kind }: Kind): string {
  return `<th class="kind-head">${markup(kind)}<br><span class="quiet">${rules === 'posix' ? 'POSIX' : markup(rules)}</span></th>`;
}

function storageRow(
  probe: ProbeResult,
  row: number,
  { kinds, showKernel }: { kinds: readonly Kind[]; showKernel: boolean },
): string {
  const { kernel, name, verdict, met, states, complete } = probe;
  const remarks = [
    ...(met === null
      ? []
      : [met ? '<div class="quiet">as expected</div>' : '<div class="bad">not as expected</div>']),
    ...(complete ? [] : ['<div class="bad">interrupted</div>']),
  ];
  return `<tr><th scope="row">${markup(name)}${optionsOf(probe, name)}${showKernel ? `<div class="quiet">Linux ${markup(kernel)}</div>` : ''}</th><td><span class="verdict ${verdict}">${verdict}</span>${remarks.join('')}</td><td data-label="kept">${bar(probe)}</td>${kinds.map((kind) => kindCell(probe, row, kind)).join('')}<td data-label="crash states">${shortCount(BigInt(states))}</td></tr>`;
}

/** What the name does not say. */
function optionsOf({ storage: { fs, mkfs, mount, disk } }: ProbeResult, name: string): string {
  const words = [fs, mkfs.join(' '), mount.join(','), disk.cache === 'volatile' ? '' : `${disk.cache} cache`];
  const options = words.filter((word) => word !== '' && !name.includes(word)).join(', ');
  return options === '' ? '' : `<div class="quiet">${markup(options)}</div>`;
}

const parts = ['kept', 'broken', 'unknown', 'unsupported'] as const;
const barWidth = 120;

/** A bar in four colours; its text says the same. */
function bar({ workloads }: ProbeResult): string {
  const tried = parts.reduce((sum, part) => sum + workloads[part], 0);
  let at = 0;
  const pieces = parts.map((part) => {
    const width = tried === 0 ? 0 : (workloads[part] / tried) * barWidth;
    const piece = `<rect class="${part}" x="${at.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="8"/>`;
    at += width;
    return width > 0 ? piece : '';
  });
  return `<svg class="bar" width="${barWidth}" height="8" viewBox="0 0 ${barWidth} 8" preserveAspectRatio="none" aria-hidden="true">${pieces.join('')}</svg><div class="quiet">${workloads.kept} of ${tried}${workloads.unsupported > 0 ? `, ${workloads.unsupported} not supported` : ''}${workloads.unknown > 0 ? `, ${workloads.unknown} unknown` : ''}</div>`;
}

function kindCell({ findings, verdict, workloads }: ProbeResult, row: number, { rules, kind }: Kind): string {
  const position = findings.findIndex((group) => group.rules === rules && group.kind === kind);
  const label = ` data-label="${markup(kind)}"`;
  if (position < 0) {
    const open = verdict === 'unknown' || workloads.unknown > 0;
    return `<td class="cell ${open ? 'unknown' : 'kept'}"${label}>${open ? '?' : '0'}</td>`;
  }
  const { workloads: count, shortest } = findings[position]!;
  const body = bodyOf(shortest.lines);
  const title = `${counted(count, 'workload')}; the shortest: ${body.join('; ')}`;
  return `<td class="cell broken"${label}><a href="#/f/${row}/F${position + 1}" title="${markup(title)}">${count}</a></td>`;
}

import { deflateRawSync } from 'node:zlib';
import type { Finding } from '../../harness/verdict/finding.js';
import type { ProtocolLine } from '../../harness/verdict/protocol.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { sceneOf } from '../../harness/verdict/stored-results.js';
import type { Reportable } from '../reporter.js';
import { whenText } from '../words/crash-point.js';
import { escaped } from '../words/escaped.js';
import { originOf } from '../words/reported.js';
import type { Chunk } from './document.js';

/** Lines of system calls around those at fault that a finding's chunk has. */
const neighbours = 25;

/** What belongs to a finding, compressed, as text that needs no escaping. */
export function chunkOf(stored: Reportable, run: RunResult, finding: Finding): string {
  const protocol = run.protocols?.find(({ model }) => model === finding.model) ?? run.protocols?.[0];
  const { patch, cause } = originOf(run, finding);
  const place = patch?.after ?? cause[0]?.at ?? '';
  const source = run.sources?.find(({ name }) => place.startsWith(`${name}:`)) ?? null;
  const chunk: Chunk = escaped({
    finding,
    when: whenText(finding),
    scene: sceneOf(stored, run, finding.id),
    protocol: protocol
      ? {
          model: protocol.model,
          lines: near(protocol.operations, new Set(finding.operations ?? [])),
          repair: protocol.repair,
        }
      : null,
    source,
    patch: patch ?? null,
    places: cause.map(({ at }) => at),
    workload: workloadOf(stored, run, finding),
  });
  return compressed(chunk);
}

function workloadOf({ results, probe }: Reportable, run: RunResult, { id }: Finding): Chunk['workload'] {
  const group = probe?.probes[results.runs.indexOf(run)]?.findings[Number(id.slice(1)) - 1];
  if (!group) return null;
  const { lines, finding } = group.shortest;
  return { lines, operation: finding.operation, after: finding.after };
}

export function compressed(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), { level: 9 }).toString('base64');
}

function near(lines: readonly ProtocolLine[], atFault: ReadonlySet<number>): ProtocolLine[] {
  const marked = lines.flatMap((line, i) =>
    line.kind === 'operation' && atFault.has(line.number) ? [i] : [],
  );
  const first = Math.max(0, Math.min(...marked, lines.length) - neighbours);
  const last = Math.max(...marked, marked.length === 0 ? 2 * neighbours : 0) + neighbours;
  const from = marked.length === 0 ? 0 : first;
  const kept = lines.slice(from, last + 1);
  return [
    ...(from > 0 ? [{ kind: 'gap' as const, lines: from }] : []),
    ...kept,
    ...(from + kept.length < lines.length
      ? [{ kind: 'gap' as const, lines: lines.length - from - kept.length }]
      : []),
  ];
}

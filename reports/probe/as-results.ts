/**
 * A probe's document as results, a run for each storage in the same order: so every format has it, and says of a storage
 * what it says of a program. Nothing is claimed beyond what the probe's own document claims.
 */
import {
  type FindingGroup,
  type ProbeDocument,
  type ProbeResult,
  probesMet,
} from '../../harness/probe/probe-document.js';
import { repeatCommand } from '../../harness/probe/repeat-command.js';
import type { Finding } from '../../harness/verdict/finding.js';
import { type Coverage, type Results, type RunResult, resultsSchema } from '../../harness/verdict/results.js';
import { counted } from '../words/count.js';

/** @param folder where the document lies */
export function resultsOfProbe(document: ProbeDocument, folder: string): Results {
  const { tool, kernel, place, verdict, probes } = document;
  return {
    schema: resultsSchema,
    tool,
    environment: { kernel, place },
    verdict,
    met: probesMet(probes),
    runs: probes.map((probe) => runOf(document, probe, folder)),
  };
}

function runOf(document: ProbeDocument, probe: ProbeResult, folder: string): RunResult {
  const { name, storage, verdict, met, complete, reasons, duration_ms } = probe;
  const several = document.probes.some(({ kernel }) => kernel !== probe.kernel);
  return {
    verdict,
    contract: null,
    observed: verdict,
    expected: storage.expect === undefined ? null : { observed: expectations[storage.expect] },
    met,
    scenario: 'probe',
    storage: several ? `${name}, Linux ${probe.kernel}` : name,
    run: folder,
    promises: ['owed'],
    findings: probe.findings.map((group, i) => findingOf(group, document, probe, `F${i + 1}`)),
    notes: [
      ...reasons.map(
        ({ outcome, reason, workloads }) => `${outcome}: ${counted(workloads, 'workload')}: ${reason}`,
      ),
      ...(complete ? [] : ['unknown: interrupted, not all workloads were tried']),
    ],
    coverage: [coverageOf(document, probe)],
    calibration: null,
    timing_ms: { probe: duration_ms },
  };
}

const expectations = { kept: 'pass', broken: 'violation' } as const;

function coverageOf({ selection, scope }: ProbeDocument, probe: ProbeResult): Coverage {
  const { complete, workloads, crash_points, states, recoveries } = probe;
  const unseen = [
    ...(complete ? [] : ['workloads behind the interruption']),
    ...(workloads.unknown > 0 ? [`crash states of ${counted(workloads.unknown, 'unknown workload')}`] : []),
    ...(workloads.broken > 0
      ? [`crash states of ${counted(workloads.broken, 'broken workload')} behind the first breach`]
      : []),
    ...(workloads.unsupported > 0
      ? [`${counted(workloads.unsupported, 'workload')} that the file system cannot carry out`]
      : []),
  ];
  return {
    engine: 'replay',
    crash_points,
    pending_writes: 0,
    states,
    recoveries,
    scope: `${selection}; ${scope}`,
    exhaustive: unseen.length === 0,
    systematic: complete && workloads.unknown === 0,
    unseen,
    audit: { sampled: 0, mismatched: 0 },
  };
}

function findingOf(group: FindingGroup, document: ProbeDocument, probe: ProbeResult, id: string): Finding {
  const { rules, kind, workloads, shortest } = group;
  const { name, lines, finding } = shortest;
  const tried = Object.values(probe.workloads).reduce((sum, count) => sum + count, 0);
  const lostWrites = finding.torn
    ? 'one write, torn'
    : `${finding.lost} of ${counted(finding.pending, 'pending write')}`;
  return {
    id,
    kind: kind === 'does not mount' ? 'corruption' : 'durability',
    evidence: 'observed',
    masked: false,
    model: rules,
    storage: probe.name,
    promise: `${owedBy[rules] ?? `what is owed by ${rules}`} (${kind})`,
    lost: [finding.text, `in ${workloads} of ${counted(tried, 'workload')}; the shortest of them is ${name}`],
    property: `${probe.name} ${finding.text}`,
    crash_point: null,
    when: whenOf(bodyOf(lines), finding.after),
    cause: [{ syscall: 'write', args: lostWrites, at: name }],
    fix: null,
    reproduce: repeatCommand(document, probe, lines.join('; ')),
  };
}

const owedBy: Record<string, string> = {
  posix: 'what calls that returned owe by POSIX',
  linux: "what the kernel's own crash tests ask for beyond POSIX",
};

/** The operations behind `start`. */
export function bodyOf(lines: readonly string[]): string[] {
  return lines.slice(lines.indexOf('start') + 1);
}

function whenOf(body: readonly string[], after: number): string {
  if (after === 0) return 'before any operation had returned';
  return `after ${body[after - 1]} had returned (${after} of ${counted(body.length, 'operation')})`;
}

/** The document that `plugpull probe --json` prints: what was probed, what was found, and a digest over all answers. */
import { createHash } from 'node:crypto';
import { type Outcome, worst } from '../verdict/outcome.js';
import { toolVersion } from '../version.js';
import type { ProbeConfig, ProbedStorage } from './config.js';
import { numbering } from './generator/generator.js';
import type { ProbePlace } from './place.js';
import type { WorkloadFinding, WorkloadResult } from './result.js';
import { scopeText, selectionText } from './selection.js';
import type { Shard } from './shard.js';

/** Findings of one kind. */
export interface FindingGroup {
  rules: WorkloadFinding['rules'];
  kind: string;
  workloads: number;
  /** Names of the first of them. */
  names: string[];
  shortest: { name: string; lines: string[]; finding: WorkloadFinding };
}

export interface ProbeResult {
  name: string;
  /** Whose kernel was asked: `6.18.44`, `7.2.7 uml, crc32c replaced`. */
  kernel: string;
  /** As it is asked for: `host`, `uml@sid`; absent in older documents. */
  kernel_name?: string;
  place: 'host' | 'vm';
  storage: ProbedStorage;
  verdict: Outcome;
  /** null where nothing was expected. */
  met: boolean | null;
  /** All workloads that were asked for were tried. */
  complete: boolean;
  workloads: Record<WorkloadResult['outcome'], number>;
  crash_points: number;
  /** Decimal string. */
  states: string;
  recoveries: number;
  findings: FindingGroup[];
  /** Why workloads are unknown, or were not done, and how many each. */
  reasons: { outcome: 'unknown' | 'unsupported'; reason: string; workloads: number }[];
  duration_ms: number;
  workloads_per_second: number;
  /** Over names and answers of all workloads, whatever order they came in. */
  digest: string;
}

export interface ProbeDocument {
  schema: 'plugpull.probe/1';
  tool: { name: 'plugpull'; version: string };
  /** All that were asked, and where. */
  kernel: string;
  place: string;
  numbering: number;
  /** What was asked of each storage, as in a configuration; absent in older documents. */
  asked?: Asked;
  selection: string;
  /** Which crash states `states` counts. */
  scope: string;
  verdict: Outcome;
  probes: ProbeResult[];
}

/** Workloads, and which crash states of them. */
export type Asked = Pick<
  ProbeConfig,
  'seq' | 'sample' | 'seed' | 'granularity' | 'fsck' | 'limit' | 'workloads'
>;

/** @param shard of the workloads; null: all of them */
export function documentOf(config: ProbeConfig, shard: Shard | null, probes: ProbeResult[]): ProbeDocument {
  const { seq, sample, seed, granularity, fsck, limit, workloads } = config;
  return {
    schema: 'plugpull.probe/1',
    tool: { name: 'plugpull', version: toolVersion },
    kernel: [...new Set(probes.map(({ kernel }) => kernel))].join(', '),
    place: [...new Set(probes.map(({ place }) => place))].join(', '),
    numbering,
    asked: { seq, sample, seed, granularity, fsck, limit, workloads },
    selection: selectionText(config, shard),
    scope: scopeText(config),
    verdict: worst(probes.map(({ verdict }) => verdict)),
    probes,
  };
}

/** Whether every storage came out as expected, of those that something is expected of; null where nothing is. */
export function probesMet(probes: readonly Pick<ProbeResult, 'met'>[]): boolean | null {
  return probes.every(({ met }) => met === null) ? null : probes.every(({ met }) => met !== false);
}

/** What was tried where, besides the answers. */
export interface Tried {
  name: string;
  place: Pick<ProbePlace, 'kernel' | 'kernelName' | 'place'>;
  complete: boolean;
  durationMs: number;
}

const namesKept = 20;
const reasonsKept = 50;

/** Adds up results; its size does not depend on how many there are. */
export class ProbeTally {
  readonly workloads = { kept: 0, broken: 0, unknown: 0, unsupported: 0 };
  readonly #groups = new Map<string, FindingGroup>();
  readonly #reasons = new Map<string, ProbeResult['reasons'][number]>();
  readonly #digest = Buffer.alloc(32);
  #points = 0;
  #states = 0n;
  #recoveries = 0;

  get tried(): number {
    return Object.values(this.workloads).reduce((sum, count) => sum + count, 0);
  }

  get recoveries(): number {
    return this.#recoveries;
  }

  /** @param lines of the workload, for one that was broken */
  add(result: WorkloadResult, lines: () => string[]): void {
    const { name, outcome, points, states, recoveries, finding, reason } = result;
    this.workloads[outcome]++;
    this.#points += points;
    this.#states += BigInt(states);
    this.#recoveries += recoveries;
    const answer = JSON.stringify([name, outcome, finding?.rules ?? null, finding?.kind ?? null]);
    for (const [i, byte] of createHash('sha256').update(answer).digest().entries()) this.#digest[i]! ^= byte;
    if (finding) this.#group(name, finding, lines());
    if (outcome === 'unknown' || outcome === 'unsupported')
      this.#reason(outcome, reason ?? 'no reason given');
  }

  #group(name: string, finding: WorkloadFinding, lines: string[]): void {
    const key = `${finding.rules} ${finding.kind}`;
    const { rules, kind } = finding;
    const group = this.#groups.get(key) ?? {
      rules,
      kind,
      workloads: 0,
      names: [],
      shortest: { name, lines, finding },
    };
    this.#groups.set(key, group);
    group.workloads++;
    // The same ones in whatever order the answers come.
    group.names = [...group.names, name].sort((a, b) => orderOf(a) - orderOf(b)).slice(0, namesKept);
    const { shortest } = group;
    const isShorter =
      lines.length < shortest.lines.length ||
      (lines.length === shortest.lines.length && orderOf(name) < orderOf(shortest.name));
    if (isShorter) group.shortest = { name, lines, finding };
  }

  #reason(outcome: 'unknown' | 'unsupported', reason: string): void {
    const key = `${outcome} ${reason}`;
    const known = this.#reasons.get(key);
    if (known) known.workloads++;
    else if (this.#reasons.size < reasonsKept) this.#reasons.set(key, { outcome, reason, workloads: 1 });
  }

  result(
    storage: ProbedStorage,
    { name, place: { kernel, kernelName, place }, complete, durationMs }: Tried,
  ): ProbeResult {
    const { broken, unknown, kept } = this.workloads;
    const verdict = broken > 0 ? 'violation' : unknown > 0 || !complete || kept === 0 ? 'unknown' : 'pass';
    const { expect } = storage;
    return {
      name,
      kernel,
      kernel_name: kernelName,
      place,
      storage,
      verdict,
      met: expect === undefined ? null : verdict === (expect === 'kept' ? 'pass' : 'violation'),
      complete,
      workloads: { ...this.workloads },
      crash_points: this.#points,
      states: this.#states.toString(),
      recoveries: this.#recoveries,
      // Of two that are as short, the one with the lower number: never the one that came first.
      findings: [...this.#groups.values()].sort(
        (a, b) => orderOfGroup(a) - orderOfGroup(b) || orderOf(a.shortest.name) - orderOf(b.shortest.name),
      ),
      reasons: [...this.#reasons.values()].sort((a, b) => (a.reason < b.reason ? -1 : 1)),
      duration_ms: Math.round(durationMs),
      workloads_per_second: Number((this.tried / Math.max(0.001, durationMs / 1000)).toFixed(1)),
      digest: this.#digest.toString('hex'),
    };
  }
}

/** What the texts owe first, then by how short it is shown. */
function orderOfGroup({ rules, shortest }: FindingGroup): number {
  return (rules === 'posix' ? 0 : 1e6) + shortest.lines.length;
}

function orderOf(name: string): number {
  return Number(name.slice(name.indexOf('.') + 1));
}

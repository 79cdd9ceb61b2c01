/**
 * What the page is given. The summary is small and read at once; what belongs to a finding is a chunk of its own, inflated
 * when somebody opens it. All texts are escaped before they get here: no control characters are left in them.
 */
import type { Finding } from '../../harness/verdict/finding.js';
import type { ProtocolLine, ProtocolRepair } from '../../harness/verdict/protocol.js';
import type { RunResult, SourceExcerpt } from '../../harness/verdict/results.js';
import type { Scene } from '../../harness/verdict/scene.js';

export interface Summary {
  version: string;
  sentence: string;
  verdict: RunResult['verdict'];
  met: boolean | null;
  environment: Record<string, string>;
  runs: SummaryRun[];
  findings: SummaryFinding[];
  /** Of a probe: the runs are storages, and there is a matrix. */
  probe: boolean;
  /** Findings that are not listed, to stay small. */
  left_out: number;
  /** Distinct violations that the runs saw and did not list (`explore.max_findings`). */
  unlisted: number;
  /** Findings listed without what belongs to them, to stay small. */
  without_chunk: number;
}

export type SummaryRun = Pick<
  RunResult,
  | 'verdict'
  | 'contract'
  | 'observed'
  | 'expected'
  | 'met'
  | 'scenario'
  | 'storage'
  | 'notes'
  | 'coverage'
  | 'calibration'
> & {
  /** As the terminal's table has them: `violation, masked`. */
  cells: { contract: string; observed: string };
  findings: number;
  /** Rounds in which power was really lost, and those that broke a promise, by number. */
  rounds: { count: number; broken: { round: number; finding: string }[] } | null;
};

export interface SummaryFinding {
  /** Position among the runs. */
  run: number;
  id: string;
  kind: Finding['kind'];
  evidence: Finding['evidence'];
  masked: boolean;
  expected: boolean;
  property: string;
  /** The first thing lost, where another finding of the run has the same property; else null. */
  lost: string | null;
  /** Element that holds its chunk; null when it was left out. */
  chunk: string | null;
}

export interface Chunk {
  finding: Finding;
  when: string;
  scene: Scene | null;
  /** Of the finding's model, or the first. */
  protocol: { model: string; lines: ProtocolLine[]; repair: ProtocolRepair | null } | null;
  /** The program's lines at fault, and the line to add; for an observed finding, those of the contract's about the same. */
  source: SourceExcerpt | null;
  patch: Finding['patch'] | null;
  /** Source lines at fault. */
  places: string[];
  /** Of a probe: the shortest workload that shows it, which operation of its body owed what is lost, and how many had returned. */
  workload: { lines: string[]; operation: number | null; after: number } | null;
}

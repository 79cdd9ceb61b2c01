import type { Sighting } from '../../explore/leaf-book.js';
import type { RecoveredTrees } from '../../explore/recovered-trees.js';
import type { ContainerFacts } from '../../scenario/container.js';
import type { Finding } from '../../verdict/finding.js';
import type { Outcome } from '../../verdict/outcome.js';
import { type Coverage, nothingCovered, type RecordingMade } from '../../verdict/results.js';

/** What is said of one recording, or of rounds in which power was really lost. */
export interface JudgedTrace {
  outcome: Outcome;
  findings: Finding[];
  /** Violations that are not findings yet: the system calls may tell their causes. */
  sightings: readonly Sighting[];
  /** Violations beyond those listed. */
  unlisted: number;
  notes: string[];
  coverage: Coverage;
  /** What recoveries ended in; null where nobody wanted to know. */
  trees: RecoveredTrees | null;
  /** Crash points whose judgement an interrupted run had finished. */
  resumedPoints: number;
  /** Recoveries were crashed again. */
  nested: boolean;
  /** Which schedule it was recorded under; null where nobody knows. */
  recording: RecordingMade | null;
  /** What the workload ran in; null without a container image, and where nobody came to know. */
  container: ContainerFacts | null;
  /** The kernel that recovered crash states; null where none did. */
  recoveredBy: string | null;
}

/** A judgement that could not be made, and why. */
export function undecided(reason: string, engine: Coverage['engine']): JudgedTrace {
  return {
    outcome: 'unknown',
    findings: [],
    sightings: [],
    unlisted: 0,
    notes: [`unknown: ${reason}`],
    coverage: nothingCovered(engine),
    trees: null,
    resumedPoints: 0,
    nested: false,
    recording: null,
    container: null,
    recoveredBy: null,
  };
}

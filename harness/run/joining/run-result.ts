/**
 * From what the engines say of one scenario on one storage to the result that people and CI read.
 */

import type { JudgedLog } from '../../contract/judge-log.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import type { Finding } from '../../verdict/finding.js';
import { type Outcome, worst } from '../../verdict/outcome.js';
import type { Protocol } from '../../verdict/protocol.js';
import type { Calibration, Coverage, RecordingMade, RunResult } from '../../verdict/results.js';
import type { JudgedTrace } from '../judging/judged-trace.js';
import { sourceExcerpts } from '../judging/source-excerpts.js';
import { type Engines, observes } from '../planning/engines.js';
import { anyStorageLabel, placeLabel, storageLabel } from '../planning/storage-label.js';
import { recordingPrefix, scheduleWords } from '../recording/recordings.js';
import { Claims } from './claims.js';
import { joinFindings, joinNotes } from './join-verdicts.js';
import { promiseWords } from './promise-words.js';
import { repairNotes } from './repair-notes.js';

export interface ResultParts {
  loaded: LoadedScenario;
  storageIndex: number;
  kernel: string | null;
  runFolder: string;
  engines: Engines;
  /** One for each recording; none when the replay engine did not run. */
  observed: readonly JudgedTrace[];
  contract: JudgedLog | null;
  calibration: Calibration | null;
  timing: Record<string, number>;
}

export function resultOf(parts: ResultParts): RunResult {
  const { loaded, storageIndex, kernel, runFolder, engines, observed, contract, calibration, timing } = parts;
  const { scenario } = loaded;
  const storage = scenario.storage[storageIndex]!;
  const label = observes(engines)
    ? placeLabel(scenario, storageIndex, kernel)
    : anyStorageLabel(scenario, storageIndex);
  const trusted = calibration === null || calibration.outcome === 'pass';
  const notes = [...engines.notes, ...observed.flatMap((one) => one.notes), ...(contract?.notes ?? [])];
  const recordings = observed.flatMap(({ recording }) => (recording ? [recording] : []));
  if (recordings.length > 1) notes.push(recordingsNote(recordings));
  if (contract && observed.length > 1) {
    notes.push(`of ${observed.length} recordings, the system calls of the first were traced and judged`);
  }
  const claims = new Claims({ contract, observed, trusted });
  const explanations = (contract?.explanations ?? []).map((each) =>
    claims.namesSuperfluous ? each : { ...each, superfluous: [] },
  );
  notes.push(...repairNotes(explanations));
  if (!trusted) notes.unshift(`calibration failed, so no verdict here can be trusted: ${calibration.detail}`);
  const wanting = scenario.explore.require === 'exhaustive';
  const coverage = [...observed.map((one) => one.coverage), ...(contract ? [contract.coverage] : [])];
  if (wanting) notes.push(...coverage.flatMap(unmetRequirement));
  const observing = observes(engines);
  const outcomes = {
    // Asked for alone, and it could not tell: that is an answer, too.
    contract: contract !== null ? required(wanting, contract) : observing ? null : ('unknown' as const),
    observed: observing ? (trusted ? worst(observed.map((one) => required(wanting, one))) : 'unknown') : null,
  };
  const observedFindings = numbered(observed);
  const judgedCalls = (contract?.findings ?? []).map((finding) => ({
    ...finding,
    reproduce: `plugpull show ${shellQuote(runFolder)} ${finding.id}`,
  }));
  const contractFindings = engines.replay
    ? joinFindings(judgedCalls, { findings: observedFindings, claims, storage: label, recordings })
    : judgedCalls;
  const findings = [...observedFindings, ...contractFindings];
  if (engines.replay && contract) notes.push(...joinNotes(findings, claims, label));
  const sources = sourceExcerpts(findings, contract?.sourceFiles ?? new Map());
  const unlisted = observed.reduce((sum, one) => sum + one.unlisted, 0);
  const recoveredBy = observed.find((one) => one.recoveredBy !== null)?.recoveredBy ?? null;
  const container = observed.find((one) => one.container !== null)?.container;
  return {
    verdict: worst(Object.values(outcomes).filter((outcome) => outcome !== null)),
    ...outcomes,
    ...compared(scenario.expect, outcomes, [label, storageLabel(storage), storage.fs]),
    scenario: scenario.name,
    storage: label,
    ...(container ? { container } : {}),
    ...(recoveredBy === null ? {} : { recovered_by: recoveredBy }),
    run: runFolder,
    ...(loaded.file === null ? {} : { file: loaded.file }),
    promises: promiseWords(scenario),
    ...(unlisted > 0 ? { unlisted_findings: unlisted } : {}),
    findings,
    ...(sources.length > 0 ? { sources } : {}),
    ...(recordings.length > 0 ? { recordings } : {}),
    ...(contract ? { protocols: contract.protocols.map((each) => spared(each, claims)) } : {}),
    notes: distinct(notes),
    coverage,
    calibration,
    timing_ms: timing,
  };
}

/** Each note once; what both engines do not know is said by one of them. */
function distinct(notes: readonly string[]): string[] {
  const said = new Set(notes);
  return [...said].filter((note) => !said.has(`unknown: ${note}`));
}

/** A protocol that names no sync call as one that could go where that cannot be claimed. */
function spared(protocol: Protocol, claims: Claims): Protocol {
  return claims.namesSuperfluous ? protocol : { ...protocol, superfluous: [] };
}

/** A pass that rests on less than the scenario requires is none; one broken state is enough for a violation. */
function required(
  exhaustive: boolean,
  { outcome, coverage }: { outcome: Outcome; coverage: Coverage },
): Outcome {
  return exhaustive && !coverage.exhaustive && outcome === 'pass' ? 'unknown' : outcome;
}

function unmetRequirement({ engine, exhaustive, unseen }: Coverage): string[] {
  if (exhaustive) return [];
  return [
    `unknown: key explore.require (--require): expected exhaustive, and the ${engine} engine did not look at every crash state: ${unseen.join('; ')}; give it more with explore.budget (--budget), or require systematic`,
  ];
}

/** What sets the recordings apart. */
function recordingsNote(recordings: readonly RecordingMade[]): string {
  const made = recordings.map((one, i) => `${i + 1} ${scheduleWords(one)}`);
  return `recordings, each under another schedule of the kernel's write-back: ${made.join(', ')}`;
}

/** Of the first recording findings keep their names, of the third they begin with R3. */
function numbered(observed: readonly JudgedTrace[]): Finding[] {
  return observed.flatMap(({ findings }, i) =>
    findings.map((finding) => ({ ...finding, id: `${recordingPrefix(i)}${finding.id}` })),
  );
}

/** What the scenario expects, and whether each engine that ran and has an expectation meets it. */
function compared(
  expect: LoadedScenario['scenario']['expect'],
  found: { contract: Outcome | null; observed: Outcome | null },
  storageNames: readonly string[],
): Pick<RunResult, 'expected' | 'met'> {
  const observed = forStorage(expect?.observed, storageNames);
  const expected = {
    ...(expect?.contract ? { contract: expect.contract } : {}),
    ...(observed ? { observed } : {}),
  };
  const stated = (['contract', 'observed'] as const).filter(
    (engine) => expected[engine] !== undefined && found[engine] !== null,
  );
  return {
    expected: Object.keys(expected).length > 0 ? expected : null,
    met: stated.length === 0 ? null : stated.every((engine) => expected[engine] === found[engine]),
  };
}

function forStorage(
  expected: Outcome | Record<string, Outcome> | undefined,
  names: readonly string[],
): Outcome | undefined {
  if (expected === undefined || typeof expected === 'string') return expected;
  return names.map((name) => expected[name]).find((outcome) => outcome !== undefined);
}

/**
 * From rounds of real power loss to what a run says of them, in the form that exploring a trace has, too.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { momentText } from '../../../vm/live/moment.js';
import type { RoundReport } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import { promisesOf, speaksOfFiles } from '../../promise/promises.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { type Outcome, worst } from '../../verdict/outcome.js';
import type { PlannedRun } from '../planning/planned-run.js';
import { workloadProblem } from '../recording/workload-problem.js';
import type { RunMeans } from '../run-means.js';
import { type FinishedRound, FinishedRounds } from './finished-rounds.js';
import type { JudgedTrace } from './judged-trace.js';
import { writeStates } from './keep-states.js';
import { findingsOfRound, type LiveFinding } from './live-findings.js';

export async function judgeLive(
  run: PlannedRun,
  means: Pick<RunMeans, 'place' | 'space' | 'workloads' | 'signal' | 'onStep'>,
  { resume = false }: { resume?: boolean | undefined } = {},
): Promise<JudgedTrace> {
  const { loaded, storageIndex, runFolder } = run;
  const { place, space, workloads, signal, onStep = () => {} } = means;
  const { scenario } = loaded;
  const finished = new FinishedRounds(runFolder, { resume });
  const resumed = finished.all.length;
  const folder = join(runFolder, 'rounds');
  dropUnfinished(folder, resumed);
  const report = await place.runLive({
    ...{ loaded, storageIndex, folder, space, workloads, signal, onStep },
    resumed: resumed === 0 ? null : { rounds: resumed, measured: measuredBy(finished.all[0]!) },
    onRound: (round) => finished.add(finishedRound(round, scenario)),
  });
  const broken = report.rounds.find(({ problems }) =>
    problems.some(({ outcome }) => outcome === 'violation'),
  );
  const findings = broken ? findingsOfRound(broken, run) : [];
  if (broken) keep(broken, findings, runFolder);
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  const rounds = [...finished.all, ...(broken ? [finishedRound(broken, scenario)] : [])];
  const doubts = doubtsOf(report, rounds, scenario, broken !== undefined);
  const notes = [sampleNote(rounds.length, scenario), ...report.notes, ...doubts];
  if (resumed > 0) notes.push(`${resumed} of the rounds were finished before the run was interrupted`);
  if (!speaksOfFiles(promisesOf(scenario)) && !scenario.checker)
    notes.push('no promise and no checker: judged is only whether the file system mounts');
  const [first] = rounds;
  if (first?.acks === 0 && first.ended_well)
    notes.push('the workload gave no ack: only what setup left was promised');
  return {
    outcome: worst([broken ? 'violation' : 'pass', ...doubts.map((): Outcome => 'unknown')]),
    findings: findings.map(({ finding }) => finding),
    sightings: [],
    unlisted: 0,
    notes: [...new Set(notes)],
    coverage: {
      engine: 'live',
      crash_points: rounds.length,
      pending_writes: rounds.reduce((sum, { pending_writes }) => sum + pending_writes, 0),
      states: `${rounds.length}`,
      recoveries: rounds.length,
      scope: `${rounds.length} power cuts`,
      exhaustive: false,
      systematic: true,
      unseen: ['rounds are a sample: the moments of the cuts in between were not tried'],
      audit: { sampled: 0, mismatched: 0 },
    },
    trees: null,
    resumedPoints: 0,
    nested: false,
    recording: null,
    container: first?.container ?? null,
    recoveredBy: null,
  };
}

/** Traces of rounds that are over stay: they could not be judged. */
function dropUnfinished(folder: string, finished: number): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder))
    if (Number(name) >= finished) rmSync(join(folder, name), { recursive: true });
}

function measuredBy({ acks, flushes, duration_ms }: FinishedRound) {
  return { acks, flushes, durationMs: duration_ms };
}

function finishedRound(report: RoundReport, scenario: Scenario): FinishedRound {
  const { round, acks, manifest, lost } = report;
  return {
    round,
    acks: acks.length,
    pending_writes: lost.pendingWrites,
    flushes: lost.measured.flushes,
    duration_ms: lost.measured.durationMs,
    ended_well: manifest.workload?.exit_code === 0,
    doubts: doubtsOfRound(report, scenario),
    container: manifest.container ?? null,
  };
}

/** What keeps a pass from being one. */
function doubtsOfRound(
  { round, moment, afresh, manifest, problems }: RoundReport,
  { live }: Scenario,
): string[] {
  const doubts = problems.flatMap(({ outcome, detail }) => (outcome === 'unknown' ? [detail] : []));
  const failed = workloadProblem(manifest);
  if (failed !== null) doubts.unshift(afresh ? failed : `${failed} (it ran on what earlier rounds left)`);
  // What chance had chosen may come after the end; what somebody named was to be seen.
  const named = live.cut.length > 0 && moment.kind !== 'time' && moment.kind !== 'end';
  if (named && manifest.cut_at === null)
    doubts.push(
      `the power was never cut: it was to be ${momentText(moment)}, and that did not happen (live.cut)`,
    );
  return doubts.map((doubt) => `round ${round + 1}: ${doubt}`);
}

function doubtsOf(
  { lostGuest }: LiveReport,
  rounds: readonly FinishedRound[],
  { live }: Scenario,
  isBroken: boolean,
): string[] {
  const doubts = lostGuest === null ? [] : [lostGuest];
  const least = Math.min(live.rounds, live.min_rounds ?? live.rounds);
  if (live.time !== undefined && !isBroken && lostGuest === null && rounds.length < least)
    doubts.push(
      `only ${rounds.length} rounds within ${live.time / 1000} s (live.time), and a pass is to rest on ${least}: give it more time, or ask for fewer (live.min_rounds)`,
    );
  return [...doubts, ...rounds.flatMap((round) => round.doubts)];
}

function sampleNote(rounds: number, { live, explore }: Scenario): string {
  const done = rounds === live.rounds ? `${rounds} rounds` : `${rounds} of ${live.rounds} rounds`;
  return `${done} with seed ${explore.seed}: a sample, which proves nothing by passing`;
}

/** The round's trace; with its disk, where one was recorded, `plugpull mount` shows the crash state again. */
function keep({ lost }: RoundReport, findings: readonly LiveFinding[], runFolder: string): void {
  const trace = join(runFolder, 'trace');
  rmSync(trace, { recursive: true, force: true });
  if (!existsSync(lost.folder)) return;
  renameSync(lost.folder, trace);
  const states = findings.flatMap(({ finding, state }) => (state ? [[finding.id, state] as const] : []));
  if (states.length > 0) writeStates(runFolder, Object.fromEntries(states));
}

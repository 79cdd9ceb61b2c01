/**
 * From rounds of real power loss to what a run says of them, in the form that exploring a trace has, too.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { momentText } from '../../../vm/live/moment.js';
import type { RoundReport } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import type { Problem } from '../../judge/judgement.js';
import { observedFinding } from '../../judge/observed-finding.js';
import { promisesOf, speaksOfFiles } from '../../promise/promises.js';
import { containerOf } from '../../scenario/container.js';
import type { Scenario } from '../../scenario/schema.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import type { Finding } from '../../verdict/finding.js';
import { type Outcome, worst } from '../../verdict/outcome.js';
import type { PlannedRun } from '../planning/planned-run.js';
import { placeLabel } from '../planning/storage-label.js';
import { workloadProblem } from '../recording/workload-problem.js';
import type { RunMeans } from '../run-means.js';
import type { JudgedTrace } from './judged-trace.js';
import { type KeptState, writeStates } from './keep-states.js';

export async function judgeLive(
  run: PlannedRun,
  means: Pick<RunMeans, 'place' | 'space' | 'workloads' | 'signal' | 'onStep'>,
): Promise<JudgedTrace> {
  const { loaded, storageIndex, runFolder, kernel } = run;
  const { place, space, workloads, signal, onStep = () => {} } = means;
  const { scenario } = loaded;
  const folder = join(runFolder, 'rounds');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const report = await place.runLive({
    ...{ loaded, storageIndex, folder, space, workloads, signal, onStep },
  });
  const broken = report.rounds.find(({ problems }) => problems.some(isViolation));
  const findings = broken ? findingsOf(broken, run, placeLabel(scenario, storageIndex, kernel)) : [];
  if (broken) keep(broken, findings, runFolder);
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  const doubts = doubtsOf(report);
  const { rounds } = report;
  const notes = [sampleNote(report, scenario), ...report.notes, ...doubts];
  if (!speaksOfFiles(promisesOf(scenario)) && !scenario.checker)
    notes.push('no promise and no checker: judged is only whether the file system mounts');
  if (rounds[0]?.acks.length === 0 && rounds[0].manifest.workload?.exit_code === 0)
    notes.push('the workload gave no ack: only what setup left was promised');
  return {
    outcome: worst([broken ? 'violation' : 'pass', ...doubts.map((): Outcome => 'unknown')]),
    findings,
    sightings: [],
    unlisted: 0,
    notes: [...new Set(notes)],
    coverage: {
      engine: 'live',
      crash_points: rounds.length,
      pending_writes: rounds.reduce((sum, { lost }) => sum + lost.pendingWrites, 0),
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
    container: rounds[0]?.manifest.container ?? null,
    recoveredBy: null,
  };
}

function isViolation({ outcome }: Problem): boolean {
  return outcome === 'violation';
}

/** What keeps a pass from being one. */
function doubtsOf({ rounds, lostGuest }: LiveReport): string[] {
  const doubts = lostGuest === null ? [] : [lostGuest];
  for (const { round, afresh, manifest, problems } of rounds) {
    const failed = workloadProblem(manifest);
    if (failed !== null) {
      const again = afresh ? '' : ' (it ran on what earlier rounds left)';
      doubts.push(`round ${round + 1}: ${failed}${again}`);
    }
    for (const { outcome, detail } of problems) {
      if (outcome === 'unknown') doubts.push(`round ${round + 1}: ${detail}`);
    }
  }
  return doubts;
}

function sampleNote({ rounds }: LiveReport, scenario: Scenario): string {
  const wanted = scenario.live.rounds;
  const done = rounds.length === wanted ? `${wanted} rounds` : `${rounds.length} of ${wanted} rounds`;
  return `${done} with seed ${scenario.explore.seed}: a sample, which proves nothing by passing`;
}

function findingsOf(report: RoundReport, run: PlannedRun, storage: string): Finding[] {
  const { round, moment, acks, lost, problems } = report;
  const { loaded, storageIndex, runFolder, kernel } = run;
  const { seed } = loaded.scenario.explore;
  const { method } = loaded.scenario.storage[storageIndex]!;
  const last = acks.at(-1);
  const container = containerOf(loaded.scenario);
  const { rounds, flakey } = loaded.scenario.live;
  const words = [
    ...(kernel === null ? [`--place ${loaded.scenario.place}`] : ['--place vm', `--kernel ${kernel}`]),
    ...(container === null ? [] : [`--root ${container}`]),
    `--method ${method}`,
    ...(method === 'dm-flakey' ? [`--flakey ${flakey.join(',')}`] : []),
    ...[`--rounds ${rounds}`, `--seed ${seed}`],
  ];
  const again = loaded.file === null ? null : `plugpull run ${shellQuote(loaded.file)} ${words.join(' ')}`;
  return problems.filter(isViolation).map((problem, i) =>
    observedFinding(problem, problem.path === null ? [] : [problem.path], {
      id: `F${i + 1}`,
      storage,
      lost: [
        problem.detail,
        `the power was cut ${momentText(moment)}`,
        ...(lost.logIndex === null
          ? []
          : [`of ${lost.pendingWrites} writes in the disk's cache ${lost.lost.length} were lost`]),
      ],
      property: propertyOf(problem, last),
      crash_point: {
        log_index: lost.logIndex,
        reason: moment.kind,
        acks: acks.length,
        ...(last === undefined ? {} : { last_ack: last }),
        round: round + 1,
        seed,
      },
      cause: [],
      fix: method === 'dm-flakey' && flakey.includes('random_write_corrupt') ? corruptFix : null,
      reproduce: again ?? `plugpull show ${shellQuote(runFolder)} F${i + 1}`,
    }),
  );
}

const corruptFix =
  'a disk that writes garbage as it loses power is at fault, not the workload; what is to survive that needs checksums, and another copy';

function propertyOf({ path, kind, detail }: Problem, ack: string | undefined): string {
  if (kind === 'corruption') return `after a power cut ${detail}`;
  if (path === null) return detail;
  const when = ack === undefined ? '' : ` after ack ${JSON.stringify(ack)}`;
  return `${detail} after the power was really cut${when}`;
}

/** The round's trace; with its disk, where one was recorded, `plugpull mount` shows the crash state again. */
function keep({ lost, manifest }: RoundReport, findings: readonly Finding[], runFolder: string): void {
  const trace = join(runFolder, 'trace');
  rmSync(trace, { recursive: true, force: true });
  if (!existsSync(lost.folder)) return;
  renameSync(lost.folder, trace);
  if (manifest.size_bytes === null) return;
  const state: KeptState = { point: lost.point, lost: lost.lost, nested: false };
  writeStates(runFolder, Object.fromEntries(findings.map(({ id }) => [id, state])));
}

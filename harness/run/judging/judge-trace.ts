/**
 * The second half of a run: explore a trace, judge every crash state. What is found is explained once the
 * system calls are judged, too.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { featureRemark } from '../../capture/made-file-system.js';
import { type Exploration, type ExplorationProgress, exploreTrace } from '../../explore/exploration.js';
import type { LaneClient } from '../../explore/lane-client.js';
import { LanePool } from '../../explore/lane-pool.js';
import { ProgressFile } from '../../explore/progress-file.js';
import { explorable } from '../../explore/recording.js';
import { RecoveredTrees } from '../../explore/recovered-trees.js';
import { isRecoveryLost } from '../../judge/corruption.js';
import { missingSnapshots } from '../../judge/missing-snapshots.js';
import { openCourse } from '../../promise/open-course.js';
import { promisedInTrace } from '../../promise/promised-names.js';
import { promisesOf, speaksOfFiles } from '../../promise/promises.js';
import { unjudgeable } from '../../promise/unjudgeable.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { openTrace } from '../../trace/trace.js';
import { CheckerRefusesEndError } from '../../verdict/errors.js';
import { worst } from '../../verdict/outcome.js';
import type { Coverage } from '../../verdict/results.js';
import { recordingMade } from '../recording/recordings.js';
import { workloadProblem } from '../recording/workload-problem.js';
import type { PointsFound, SharedPoints } from '../sharing.js';
import { type JudgedTrace, undecided } from './judged-trace.js';
import { type KeptState, writeStates } from './keep-states.js';

/** What `exhaustive` means of a log that the kernel's target made. */
const logWritesNote =
  'recorded by dm-log-writes, which logs a write when a flush has made it durable, and a FUA write at once: states in which a write survived that had not been flushed, and a FUA write after it did not, are not in this log; "exhaustive" speaks of the log';

export interface JudgeOptions {
  traceFolder: string;
  /** The run's folder: progress and the crash states of findings go there. */
  runFolder: string;
  /** Freshly started ones; they are closed here. */
  lanes: readonly LaneClient[];
  /** Take over what an interrupted exploration finished. */
  resume?: boolean | undefined;
  /** Look at the trees of recovered states, to compare them with a persistence model. */
  look?: boolean | undefined;
  /** Whether the trees seen by then settle the matter; see `ExplorationOptions`. */
  isEnough?: ((trees: RecoveredTrees) => boolean) | undefined;
  /** What the user's time leaves for it; null: as long as it takes. */
  timeMs: number | null;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
  /** Others who explore crash points. */
  askOthers?: ((wanted: OthersWanted) => Promise<PointsFound>) | undefined;
}

export type OthersWanted = Omit<SharedPoints, 'kernel' | 'folder'>;

/** A lane's limits: in all, more than the trees of small programs have in 20,000 recoveries; in one, a source tree. */
export const lookLimits = { names: 500_000, entries: 5000, bytes: 16 * 2 ** 20, empties: false };

/** The kernel's tests ask for it; whoever checks the file system afterwards is to see what recovery left. */
function empties({ promise, explore }: Scenario): boolean {
  return promise?.owed === 'linux' && explore.fsck !== 'after';
}

export async function judgeTrace(options: JudgeOptions): Promise<JudgedTrace> {
  const { traceFolder, runFolder } = options;
  const trace = openTrace(traceFolder);
  try {
    const traced = explorable(trace);
    const { scenario, workload } = trace.manifest;
    const storage = scenario.storage[trace.manifest.storage]!;
    const progressPath = join(runFolder, 'explore.ndjson');
    if (!options.resume || !existsSync(progressPath)) writeFileSync(progressPath, '');
    const trees = options.look ? new RecoveredTrees() : null;
    const limits = { ...lookLimits, empties: empties(scenario) };
    const look = trees ? limits : null;
    const { askOthers } = options;
    const exploration = await exploreTrace({
      traced,
      explore: scenario.explore,
      progressFile: new ProgressFile(progressPath),
      startPool: (onLeaf) =>
        LanePool.start(
          {
            traceFolder,
            lanes: options.lanes,
            ...(trees ? { looking: { trees, limits } } : {}),
          },
          onLeaf,
        ),
      // Where writes failed, the end of the recording is no undamaged one.
      checksEnd: scenario.checker !== undefined && storage.disk.faults.length === 0 && !storage.disk.cut,
      isEnough: options.isEnough && trees ? () => options.isEnough!(trees) : undefined,
      askOthers: askOthers
        ? async (wanted) => {
            const found = await askOthers({ ...wanted, traceFolder, crashPoints: traced.points, look });
            for (const seen of found.trees) trees?.takeOver(seen);
            return found.finished;
          }
        : undefined,
      timeMs: options.timeMs,
      onProgress: options.onProgress,
      signal: options.signal,
    });
    const states: Record<string, KeptState> = {};
    const notes = [...trace.warnings, ...exploration.notes];
    for (const { problem } of exploration.sightings) {
      if (problem.outcome === 'unknown') notes.push(problem.detail);
    }
    const lost = exploration.sightings.filter(({ problem }) => isRecoveryLost(problem));
    // What took the kernel down may be the file system's recovery, or what the checker did with it.
    const looking = shellQuote(scenario.checker?.run ?? 'ls -la');
    for (const [nth, { point, lost: pieces, nested }] of lost.entries()) {
      const id = `U${nth + 1}`;
      states[id] = { point, lost: pieces, nested };
      notes.push(
        `the crash state that ended the kernel which was to recover it: plugpull mount ${shellQuote(runFolder)} ${id} --recover uml --command ${looking}`,
      );
    }
    writeStates(runFolder, states);
    const promised = promisedInTrace(promisesOf(scenario), trace);
    const doubts = [
      trace.manifest.doubt ?? null,
      workloadProblem(trace.manifest),
      missingSnapshots(trace, promisesOf(scenario)),
      ...promised.doubts,
      ...(trace.manifest.cut_at === null
        ? unjudgeable(scenario, promisesOf(scenario), {
            names: () => [...openCourse(trace).names(), ...promised.reached],
            acks: trace.acks.length,
            diskFailed: storage.disk.faults.length > 0,
          })
        : []),
    ].filter((doubt) => doubt !== null);
    notes.push(...doubts);
    if (!speaksOfFiles(promisesOf(scenario)) && !scenario.promise?.owed && !scenario.checker)
      notes.push('no promise and no checker: judged is only whether every crash state mounts');
    if (storage.method === 'dm-log-writes') notes.push(logWritesNote);
    const { features } = trace.manifest;
    const remark = features ? featureRemark(storage, features) : null;
    if (remark !== null) notes.push(remark);
    if (trace.acks.length === 0 && workload?.exit_code === 0)
      notes.push('the workload gave no ack: only what setup left was promised');
    return {
      outcome: worst([exploration.outcome, doubts.length > 0 ? 'unknown' : 'pass']),
      findings: [],
      sightings: exploration.sightings.filter(({ problem }) => problem.outcome === 'violation'),
      unlisted: 0,
      notes: [...new Set(notes)],
      coverage: coverageOf(exploration, scopeOf(scenario, trace.manifest.storage)),
      trees,
      resumedPoints: exploration.resumedPoints,
      nested: scenario.explore.nested,
      recording: recordingMade(trace.manifest),
      container: trace.manifest.container ?? null,
      recoveredBy: (await options.lanes[0]?.kernel) ?? null,
    };
  } catch (error) {
    if (!(error instanceof CheckerRefusesEndError)) throw error;
    return undecided(error.message, 'replay');
  } finally {
    trace.close();
  }
}

/** Which crash states an exploration speaks of: what is lost as one, and of which log. */
function scopeOf({ explore, storage, nodes }: Scenario, index: number): string {
  const { disk, method } = storage[index]!;
  const unit = disk.atomic_unit;
  const block = Math.max(4096, unit);
  const states = {
    torn: `every subset of the whole writes pending at each crash point, and each of them that is larger than ${unit} bytes torn, one at a time`,
    write: 'every subset of the whole writes pending at each crash point',
    block: `every subset of the ${block}-byte blocks of the writes pending at each crash point`,
    sector: `every subset of the ${unit}-byte sectors of the writes pending at each crash point`,
  }[explore.granularity];
  const nested = explore.nested ? ', recoveries crashed again included (their own writes whole)' : '';
  const log = method === 'dm-log-writes' ? 'as dm-log-writes logged them' : 'of this recording';
  const disks = nodes ? `, of ${Object.keys(nodes).length} disks that lose their power at one instant` : '';
  return `${states}${nested}, ${log}${disks}`;
}

function coverageOf(exploration: Exploration, scope: string): Coverage {
  const { crashPoints, pendingWrites, states, recoveries, audit, nested } = exploration;
  const { exhaustive, systematic, unseen } = exploration;
  return {
    engine: 'replay',
    crash_points: crashPoints + (nested?.crashPoints ?? 0),
    pending_writes: pendingWrites,
    states: (states + (nested?.states ?? 0n)).toString(),
    recoveries,
    scope,
    exhaustive,
    systematic,
    unseen,
    audit: { sampled: audit.sampled, mismatched: audit.mismatched },
  };
}

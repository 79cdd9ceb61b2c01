/**
 * Rounds on the host and in containers in which the disk loses its power while the workload runs: record until the cut,
 * lose what was not flushed by a policy, recover, start, check, again.
 *
 * A round begins with a new disk, or goes on with what the last one left. The disk stops taking writes and acks in one
 * step, in its own process, and what runs is killed. The first round measures: power is lost after the last ack. What is
 * left to chance follows from the seed. Ends with the first broken promise, which is shown with the fewest lost writes.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beginsAfresh } from '../../../vm/live/beginning.js';
import {
  cutAt,
  type Measured,
  type Moment,
  momentOf,
  momentText,
  roundRandom,
} from '../../../vm/live/moment.js';
import type { LiveJob, LostRound, RoundReport } from '../../../vm/live/round.js';
import { type LiveReport, timeLimit } from '../../../vm/live/run-rounds.js';
import { lose } from '../../../vm/live/survivors.js';
import { LanePool } from '../../explore/lane-pool.js';
import { explorable } from '../../explore/recording.js';
import { writeCrashImage } from '../../inspect/crash-image-file.js';
import { endStateRefusal } from '../../judge/checker-verdict.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { withStorage } from '../../scenario/with-storage.js';
import type { Manifest } from '../../trace/manifest.js';
import { openTrace, type Trace } from '../../trace/trace.js';
import { CannotTellError } from '../../verdict/errors.js';
import { fewestLost } from './fewest-lost.js';
import type { RunPlace } from './run-place.js';

type HostJob = Omit<LiveJob, 'guests'>;
type Means = Pick<RunPlace, 'record' | 'startLanes'>;

/** A round that is about to begin. */
interface NextRound {
  round: number;
  moment: Moment;
  random: () => number;
  /** The disk that the last round left; null for a new one. */
  content: string | null;
}

export async function hostRounds(job: HostJob, means: Means): Promise<LiveReport> {
  const { explore, live } = job.loaded.scenario;
  const begin = live.begin === 'auto' ? 'fresh' : live.begin;
  const rounds: RoundReport[] = [];
  let measured: Measured | null = job.resumed?.measured ?? null;
  let content: string | null = null;
  const isOver = timeLimit(live.time);
  for (let round = job.resumed?.rounds ?? 0; round < live.rounds && !isOver(); round++) {
    job.signal?.throwIfAborted();
    const random = roundRandom(explore.seed, round);
    const moment = momentOf(random, { round, measured, wanted: live.cut });
    const goesOn = round + 1 < live.rounds && !beginsAfresh(begin, explore.seed, round + 1);
    const survivor = goesOn ? job.space.path(`survivor-${round}.img`) : null;
    const report = await oneRound(job, means, { round, moment, random, content }, survivor);
    if (content !== null) rmSync(content);
    content = survivor;
    measured ??= report.lost.measured;
    rounds.push(report);
    const { problems, lost } = report;
    if (problems.some(({ outcome }) => outcome === 'violation')) break;
    job.onRound(report);
    if (problems.length === 0 && existsSync(lost.folder)) rmSync(lost.folder, { recursive: true });
  }
  const beginning = { fresh: 'with a new disk, after the setup', survivor: 'on what the last one left' };
  const notes = begin === 'mixed' ? [] : [`each round began ${beginning[begin]}`];
  return { rounds, lostGuest: null, notes };
}

/** @param survivor where the disk goes that is left; null when nobody goes on with it */
async function oneRound(
  job: HostJob,
  { record, startLanes }: Means,
  next: NextRound,
  survivor: string | null,
): Promise<RoundReport> {
  const { loaded, storageIndex, space, workloads, signal, onStep, folder } = job;
  const { live, explore } = loaded.scenario;
  const { round, moment, random, content } = next;
  const afresh = content === null;
  const disk = afresh ? 'a fresh disk' : 'the disk that survived';
  onStep(`round ${round + 1} of ${live.rounds}, on ${disk}: cut ${momentText(moment)}`);
  const traceFolder = join(folder, `${round}`);
  const cutOff = withCut(loaded, storageIndex, moment);
  const recorded = { loaded: cutOff, storageIndex, recording: 0, traceFolder, space, workloads, signal };
  const manifest = await record({ ...recorded, content: content ?? undefined, endsAtCut: true });
  onStep(`round ${round + 1} of ${live.rounds}: recovering`);
  const storage = cutOff.scenario.storage[storageIndex]!;
  const lanes = startLanes({ space, storage, loaded: cutOff, workloads });
  const trace = openTrace(traceFolder);
  try {
    const pool = await LanePool.start({ traceFolder, lanes }, () => {});
    const { acks, ...lost } = powerLost(trace, { manifest, round, random, wanted: live.lose });
    if (moment.kind === 'end') await control(trace, pool);
    const { problems } = await pool.judge(lost.point, lost.lost, { fromMemory: false });
    if (problems.some(({ outcome }) => outcome === 'violation'))
      onStep(`round ${round + 1} of ${live.rounds}: looking for the fewest lost writes that show it`);
    const fewest = await fewestLost(pool, { ...lost, problems, most: explore.max_findings });
    await pool.close();
    if (survivor !== null) await writeCrashImage({ trace, ...lost, path: survivor });
    return { round, moment, afresh, manifest, acks, lost, problems, fewest };
  } finally {
    trace.close();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

/** What was acknowledged by the cut, and what is lost of the disk's cache. */
function powerLost(
  trace: Trace,
  about: {
    manifest: Manifest;
    round: number;
    random: () => number;
    wanted: Parameters<typeof lose>[1]['wanted'];
  },
): LostRound & { acks: string[] } {
  const { manifest, round, random, wanted } = about;
  const { recording, points } = explorable(trace);
  const end = points.at(-1)!;
  // The recording of a workload that was not cut goes on until nothing is pending.
  const lastAck = points.findLast(({ reason }) => reason === 'ack');
  const point = manifest.cut_at === null ? (lastAck ?? end) : end;
  const pending = recording.pieces.pendingAt(point);
  const acks = trace.acks.slice(0, point.acks).map(({ text }) => text);
  const flushes = trace.operations.filter(({ kind }) => kind === 'flush').length;
  return {
    folder: trace.folder,
    measured: { acks: acks.length, flushes, durationMs: manifest.workload?.duration_ms ?? 0 },
    ...{ point: point.id, logIndex: point.logIndex, pendingWrites: pending.length, acks },
    ...lose(random, { round, pending, pieces: recording.pieces, wanted }),
  };
}

/** Before anything is judged: what no power cut has touched must please the checker. */
async function control(trace: Trace, pool: LanePool): Promise<void> {
  const { checker, storage } = trace.manifest.scenario;
  // Where writes failed, the end of the recording is no undamaged one.
  if (checker === undefined || storage[trace.manifest.storage]!.disk.faults.length > 0) return;
  const end = explorable(trace).points.at(-1)!;
  const { problems } = await pool.judge(end.id, [], { fromMemory: false });
  const refusal = endStateRefusal({ problems: problems.filter(({ kind }) => kind === 'checker') });
  if (refusal !== null) throw new CannotTellError(refusal);
}

/** The scenario with power that goes at the moment, on the disk that is recorded: what is left is a trace like any other. */
function withCut(loaded: LoadedScenario, storageIndex: number, moment: Moment): LoadedScenario {
  const cut = cutAt(moment);
  const { after, ...other } = cut ?? {};
  const asWritten = cut && { ...other, ...(after === undefined ? {} : { after: `${after}ms` }) };
  return withStorage(loaded, storageIndex, {
    understood: (storage) => ({ ...storage, method: 'disk', disk: { ...storage.disk, cut } }),
    written: (storage) => ({
      ...storage,
      method: 'disk',
      disk: { ...storage.disk, ...(cut ? { cut: asWritten } : {}) },
    }),
  });
}

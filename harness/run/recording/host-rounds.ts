/**
 * Rounds on the host and in containers in which the disk loses its power while the workload runs: record until the cut,
 * lose what was not flushed by a policy, recover, start, check, again.
 *
 * Each round begins with a new disk. The disk stops taking writes and acks in one step, in its own process; what runs goes on
 * into nothing, and is ended. The first round measures: power is lost after the last ack, with all that is in the disk's
 * cache (the most that can be lost); the second loses nothing of it (the least). In the others chance decides, by the
 * seed. Ends with the first broken promise.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Measured, type Moment, momentOf, momentText, roundRandom } from '../../../vm/live/moment.js';
import type { LiveJob, RoundReport } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import { lostPieces } from '../../../vm/live/survivors.js';
import type { Cut } from '../../disk/power-switch.js';
import { LanePool } from '../../explore/lane-pool.js';
import { explorable } from '../../explore/recording.js';
import { endStateRefusal } from '../../judge/checker-verdict.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { openTrace, type Trace } from '../../trace/trace.js';
import { CannotTellError } from '../../verdict/errors.js';
import type { RunPlace } from './run-place.js';

type HostJob = Omit<LiveJob, 'guests'>;

export async function hostRounds(
  job: HostJob,
  { record, startLanes }: Pick<RunPlace, 'record' | 'startLanes'>,
): Promise<LiveReport> {
  const { loaded, storageIndex, space, workloads, signal, onStep, folder } = job;
  const { explore, live } = loaded.scenario;
  const rounds: RoundReport[] = [];
  let measured: Measured | null = null;
  for (let round = 0; round < live.rounds; round++) {
    signal?.throwIfAborted();
    const random = roundRandom(explore.seed, round);
    const moment = momentOf(random, measured);
    onStep(`round ${round + 1} of ${live.rounds}: cut ${momentText(moment)}`);
    const traceFolder = join(folder, `${round}`);
    const cutOff = withCut(loaded, storageIndex, moment);
    const manifest = await record({
      ...{ loaded: cutOff, storageIndex, recording: 0, traceFolder, space, workloads, signal },
    });
    onStep(`round ${round + 1} of ${live.rounds}: recovering`);
    const lanes = startLanes({
      space,
      storage: cutOff.scenario.storage[storageIndex]!,
      loaded: cutOff,
      workloads,
    });
    const trace = openTrace(traceFolder);
    try {
      const pool = await LanePool.start({ traceFolder, lanes }, () => {});
      const acks = trace.acks.map(({ text }) => text);
      const chosen = choose(trace, { moment, round, random });
      if (measured === null) {
        measured = { acks: acks.length, durationMs: manifest.workload?.duration_ms ?? 0 };
        await control(trace, pool);
      }
      const { problems } = await pool.judge(chosen.point, chosen.lost, { fromMemory: false });
      const lost = { folder: traceFolder, measured, ...chosen };
      rounds.push({ round, moment, afresh: true, manifest, acks, lost, problems });
      await pool.close();
    } finally {
      trace.close();
      await Promise.all(lanes.map((lane) => lane.close()));
    }
    const { problems } = rounds.at(-1)!;
    if (problems.some(({ outcome }) => outcome === 'violation')) break;
    if (problems.length === 0 && existsSync(traceFolder)) rmSync(traceFolder, { recursive: true });
  }
  return { rounds, lostGuest: null, notes: ['each round began with a new disk, after the setup'] };
}

/** What is lost of the disk's cache when the power goes. */
function choose(
  trace: Trace,
  { moment, round, random }: { moment: Moment; round: number; random: () => number },
): { point: number; lost: number[]; logIndex: number; pendingWrites: number } {
  const { recording, points } = explorable(trace);
  // The recording of a workload that was not cut goes on until nothing is pending.
  const lastAck = points.findLast(({ reason }) => reason === 'ack');
  const point = moment.kind === 'end' ? (lastAck ?? points.at(-1)!) : points.at(-1)!;
  const pending = recording.pieces.pendingAt(point);
  const lost = round === 0 ? [...pending] : round === 1 ? [] : lostPieces(random, pending);
  return { point: point.id, lost, logIndex: point.logIndex, pendingWrites: pending.length };
}

/** Before anything is judged: what no power cut has touched must please the checker. */
async function control(trace: Trace, pool: LanePool): Promise<void> {
  if (trace.manifest.scenario.checker === undefined) return;
  const end = explorable(trace).points.at(-1)!;
  const { problems } = await pool.judge(end.id, [], { fromMemory: false });
  const refusal = endStateRefusal({ problems: problems.filter(({ kind }) => kind === 'checker') });
  if (refusal !== null) throw new CannotTellError(refusal);
}

/** The scenario with power that goes at the moment, on the disk that is recorded: what is left is a trace like any other. */
function withCut(loaded: LoadedScenario, storageIndex: number, moment: Moment): LoadedScenario {
  const cut: Cut | undefined =
    moment.kind === 'end'
      ? undefined
      : {
          ...(moment.kind === 'ack' ? { ack: moment.ack } : { after: moment.afterMs }),
          later_writes: 'vanish',
        };
  const storages = loaded.scenario.storage.map((storage, index) =>
    index === storageIndex
      ? { ...storage, method: 'disk' as const, disk: { ...storage.disk, cut } }
      : storage,
  );
  const inputs = (loaded.input.storage ?? [{}]).map((storage, index) =>
    index === storageIndex ? { ...storage, method: 'disk' as const } : storage,
  );
  return {
    ...loaded,
    input: { ...loaded.input, storage: inputs },
    scenario: { ...loaded.scenario, storage: storages },
  };
}

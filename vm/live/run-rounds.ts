/**
 * Rounds of a scenario in which power is really lost: run the workload, cut, recover, judge, again.
 *
 * Guarantees that everything left to chance follows from the scenario's seed and the round's number. Ends early with
 * the first broken promise, and when the guest is lost: what a guest does that panics or hangs is known to nobody.
 */
import { existsSync, rmSync } from 'node:fs';
import { openObservations } from '../../harness/trace/observations.js';
import { GuestError } from '../machine/agent-client.js';
import { GuestLostError } from '../machine/guest-lost.js';
import { FlakeyRounds } from './flakey-rounds.js';
import { judgeRound } from './judge-round.js';
import { type Measured, momentOf, momentText, roundRandom } from './moment.js';
import { PowerRounds } from './power-rounds.js';
import type { LiveJob, LiveMethod, LostRound, RoundChoices, RoundReport } from './round.js';

export interface LiveReport {
  rounds: RoundReport[];
  /** Why there are no more rounds, when it was not a broken promise; null when all were done. */
  lostGuest: string | null;
  notes: string[];
}

export async function runRounds(job: LiveJob): Promise<LiveReport> {
  const { scenario } = job.loaded;
  const { method } = scenario.storage[job.storageIndex]!;
  const power = method === 'power' ? new PowerRounds(job) : new FlakeyRounds(job);
  const rounds: RoundReport[] = [];
  let finished = false;
  let lostGuest: string | null = null;
  try {
    await everyRound(job, power, rounds);
    finished = true;
  } catch (error) {
    job.signal?.throwIfAborted();
    if (!isOfGuest(error)) throw error;
    lostGuest = `round ${rounds.length + 1} did not come to its end: ${error.message}`;
  } finally {
    await power.close(finished);
  }
  return { rounds, lostGuest, notes: [...power.notes] };
}

/** The time that the user gave the rounds: after it none is begun. */
export function timeLimit(timeMs: number | undefined): () => boolean {
  const started = performance.now();
  return () => timeMs !== undefined && performance.now() - started >= timeMs;
}

/** What a guest that hangs, panics or refuses makes of a call; anything else is the scenario's fault, or ours. */
function isOfGuest(error: unknown): error is GuestLostError | GuestError {
  return error instanceof GuestLostError || error instanceof GuestError;
}

async function everyRound(job: LiveJob, power: LiveMethod, rounds: RoundReport[]): Promise<void> {
  const { explore, live } = job.loaded.scenario;
  const { seed } = explore;
  const wanted = live.rounds;
  const first = job.resumed?.rounds ?? 0;
  let measured: Measured | null = job.resumed?.measured ?? null;
  let fromSetup: ReadonlySet<string> = new Set();
  const choose = (round: number): RoundChoices => {
    const random = roundRandom(seed, round);
    // What survived the last round of an interrupted run is gone.
    const afresh = round === first || power.beginsAfresh(seed, round);
    return { round, moment: momentOf(random, { round, measured, wanted: live.cut }), afresh, random };
  };
  const isOver = timeLimit(live.time);
  for (let next = choose(first); next.round < wanted; ) {
    const { round, moment, afresh } = next;
    job.signal?.throwIfAborted();
    if (isOver()) return;
    const disk = afresh ? 'a fresh disk' : 'the disk that survived';
    job.onStep(`round ${round + 1} of ${wanted}, on ${disk}: cut ${momentText(moment)}`);
    const lost: LostRound = await power.lose(next);
    measured ??= lost.measured;
    next = choose(round + 1);
    job.onStep(`round ${round + 1} of ${wanted}: recovering`);
    const seen = openObservations(lost.folder);
    try {
      if (afresh) fromSetup = new Set(seen.snapshots[0]?.tree.keys());
      const { manifest } = seen;
      const acks = seen.acks.map(({ text }) => text);
      const { logIndex } = lost;
      const problems = await judgeRound(await power.survivor(next), seen, {
        fromSetup,
        reason: moment.kind,
        logIndex,
      });
      rounds.push({ round, moment, afresh, manifest, acks, lost, problems });
    } finally {
      seen.close();
    }
    const { problems, manifest } = rounds.at(-1)!;
    if (problems.some(({ outcome }) => outcome === 'violation')) return;
    // Nothing to see again: a round that passed is only taking room.
    job.onRound(rounds.at(-1)!);
    const failed = manifest.cut_at === null && manifest.workload?.exit_code !== 0;
    if (problems.length === 0 && !failed && existsSync(lost.folder)) rmSync(lost.folder, { recursive: true });
  }
}

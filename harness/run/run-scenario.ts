/**
 * One scenario on one storage: record, judge, compare with what was expected.
 */
import { mkdirSync } from 'node:fs';
import type { JudgedLog } from '../contract/judge-log.js';
import { CannotTellError } from '../verdict/errors.js';
import type { RunResult } from '../verdict/results.js';
import { resultOf } from './joining/run-result.js';
import { judgeLive } from './judging/judge-live.js';
import { type JudgedTrace, undecided } from './judging/judged-trace.js';
import { runContractAlone } from './judging/run-contract-alone.js';
import { writeCallScenes } from './judging/write-scenes.js';
import { lacksAmongKernels } from './planning/kernels.js';
import type { PlannedRun } from './planning/planned-run.js';
import { writeResult } from './planning/run-folder.js';
import type { RunMeans } from './run-means.js';
import { Recordings } from './run-recordings.js';
import type { RunWishes } from './run-wishes.js';
import { Stopwatch } from './stopwatch.js';

export async function runScenario(run: PlannedRun, means: RunMeans, wishes: RunWishes): Promise<RunResult> {
  const { loaded, runFolder } = run;
  const { engines, calibration } = wishes;
  const stopwatch = new Stopwatch();
  mkdirSync(runFolder, { recursive: true });
  const judged = await judge(run, means, wishes, stopwatch).catch((error: unknown) => {
    if (!(error instanceof CannotTellError || lacksAmongKernels(error, loaded))) throw error;
    const engine = engines.live ? 'live' : engines.replay ? 'replay' : 'contract';
    return { observed: [undecided(error.message, engine)], contract: null };
  });
  if (judged.contract && wishes.locatesSources !== false) writeCallScenes(runFolder, judged.contract);
  const result = resultOf({ ...run, engines, calibration, ...judged, timing: stopwatch.toJSON() });
  writeResult(runFolder, result);
  return result;
}

async function judge(
  run: PlannedRun,
  means: RunMeans,
  wishes: RunWishes,
  stopwatch: Stopwatch,
): Promise<{ observed: JudgedTrace[]; contract: JudgedLog | null }> {
  const { live, replay } = wishes.engines;
  if (wishes.givenUp !== undefined) throw new CannotTellError(wishes.givenUp);
  if (live) {
    const judged = await stopwatch.time('live', () => judgeLive(run, means, { resume: wishes.resume }));
    return { observed: [judged], contract: null };
  }
  if (replay) return new Recordings(run, means, wishes, stopwatch).judge();
  const { resume } = wishes;
  const contract = await stopwatch.time('contract', () => runContractAlone(run, means, { resume }));
  return { observed: [], contract };
}

import { release } from 'node:os';
import { concurrentCrashStates } from '../../attach/mounting.js';
import { runsAsOthers } from '../../server/programs.js';
import { isLive } from './engines.js';
import type { PlannedRun } from './planned-run.js';
import { recovererOf } from './recoverer.js';
import { enginesOf } from './requirements.js';

/**
 * Whether a run can be recorded while crash states of another one recover, and the other way round: programs that have no
 * more in common than the machine, on the host. Not where there are ports, containers or users that both would have; nor
 * where the user limits the time, which would be less of it; nor where the kernel takes one crash state at a time.
 */
export function mayOverlap(run: PlannedRun): boolean {
  const { loaded, storageIndex, kernel } = run;
  const { scenario } = loaded;
  const storage = scenario.storage[storageIndex]!;
  return (
    kernel === null &&
    scenario.place !== 'container' &&
    !scenario.server &&
    !scenario.nodes &&
    !runsAsOthers(scenario) &&
    scenario.explore.budget.time === undefined &&
    enginesOf(run, false).replay &&
    !isLive(storage) &&
    recovererOf(scenario, kernel, storage) === 'host' &&
    concurrentCrashStates(storage.fs, release()) > 1
  );
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programEnvironment } from '../../capture/environment.js';
import { runContract } from '../../contract/engine.js';
import type { JudgedLog } from '../../contract/judge-log.js';
import { errorsNotInjected } from '../../contract/tracing/injected-errors.js';
import { scenarioFolder } from '../../scenario/load.js';
import { readManifest } from '../../trace/manifest.js';
import { worst } from '../../verdict/outcome.js';
import type { PlannedRun } from '../planning/planned-run.js';
import { CallsRecording } from '../recording/record-calls.js';
import type { RunMeans } from '../run-means.js';
import { type JudgingMeans, judgeCallsOfTrace } from './judge-calls-of-trace.js';

/**
 * The contract engine without a disk: the workload runs in a plain directory, and leaves a trace that can be judged
 * again. Needs no root, and to judge again not even strace.
 */
export async function runContractAlone(
  { loaded, storageIndex, runFolder }: PlannedRun,
  means: JudgingMeans & Pick<RunMeans, 'workloads'>,
  /** Take what an earlier run left in the run folder. */
  { resume }: { resume?: boolean | undefined },
): Promise<JudgedLog> {
  const { space, workloads, lanes, signal, onStep } = means;
  const traceFolder = join(runFolder, 'trace');
  const judged =
    resume && existsSync(join(traceFolder, 'manifest.json'))
      ? await judgeCallsOfTrace(traceFolder, means, { canRunAgain: false })
      : await runAnew();
  // On a recorded disk the faults were real.
  const real = readManifest(traceFolder).size_bytes !== null;
  const notes = real ? [] : errorsNotInjected(loaded.scenario, storageIndex);
  const doubtful = notes.some((note) => note.startsWith('unknown'));
  return {
    ...judged,
    outcome: worst([judged.outcome, doubtful ? 'unknown' : 'pass']),
    notes: [...judged.notes, ...notes],
  };

  async function runAnew(): Promise<JudgedLog> {
    const recorder = new CallsRecording(traceFolder, { loaded, storageIndex, workloads });
    return runContract({
      scenario: loaded.scenario,
      storageIndex,
      lanes,
      recorder,
      workDir: space.newFolder(`contract-${space.nextNumber()}`),
      logFile: recorder.logFile,
      env: {
        ...process.env,
        ...programEnvironment(workloads, scenarioFolder(loaded)),
        ...space.environment,
      },
      signal,
      onProgress: ({ phase }) => onStep?.(steps[phase]),
    });
  }
}

const steps = {
  setup: 'running the setup',
  trace: 'running the workload',
  judge: 'judging system calls',
  check: 'checking crash directories',
  locate: 'looking for source lines',
};

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { workloadCommand } from '../../server/programs.js';
import type { InjectedError } from '../../syscalls/strace-command.js';
import type { Look } from '../../trace/look.js';
import { injectedErrors } from './injected-errors.js';
import type { Looker } from './looker.js';
import { prepareRoot } from './prepare-root.js';
import { timed } from './timed.js';
import { runTraced, type TracedRun } from './traced-run.js';

/** Told of a run while its directory is as it says, to keep what judging it again needs. */
export interface RunRecorder {
  /** The workload is about to start in this directory. */
  started(directory: string): void;
  /** It has ended, nothing of it is left running, and its log is whole. */
  ended(what: { run: TracedRun; root: string; socket: string; looks?: readonly Look[] | undefined }): void;
}

export interface TracedWorkload {
  scenario: Scenario;
  storageIndex: number;
  /** An existing folder for the run's files. */
  workDir: string;
  /** Where the system-call log goes. */
  logFile: string;
  /** The workload's environment, PLUGPULL_ACK included. */
  env: NodeJS.ProcessEnv;
  /** The ack socket, as the workload finds it. */
  socket: string;
  recorder?: RunRecorder | undefined;
  /** Calls that are refused besides those that the disk's faults make fail. */
  refused: readonly InjectedError[];
  /** Whom the workload's calls wait for. */
  looker?: Looker | undefined;
  signal?: AbortSignal | undefined;
  onPhase?: ((phase: 'setup' | 'trace') => void) | undefined;
}

/** Where below `workDir` a workload works, as system calls name it. */
export function rootIn(workDir: string): string {
  return join(realpathSync(workDir), 'contract-root');
}

/** Runs a scenario's set-up and then, under strace, its workload, in a fresh directory below `workDir`. */
export async function traceWorkload(
  {
    scenario,
    storageIndex,
    workDir,
    logFile,
    env,
    socket,
    recorder,
    refused,
    looker,
    signal,
    onPhase,
  }: TracedWorkload,
  timing: Record<string, number> = {},
): Promise<{ run: TracedRun; initial: DirectoryTree }> {
  const root = rootIn(workDir);
  onPhase?.('setup');
  const initial = await timed(timing, 'setup', () => prepareRoot(root, scenario, env, signal));
  recorder?.started(root);
  onPhase?.('trace');
  const run = await timed(timing, 'trace', () =>
    runTraced({
      command: workloadCommand(scenario),
      directory: root,
      env,
      timeoutMs: scenario.workload.timeout,
      trace: { logFile, inject: [...injectedErrors(scenario, storageIndex), ...refused] },
      looker,
      terminal: scenario.workload.terminal,
      signal,
    }),
  );
  recorder?.ended({ run, root, socket, looks: looker?.looks });
  return { run, initial };
}

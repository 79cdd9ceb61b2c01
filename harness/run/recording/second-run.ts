/**
 * A workload run once more in a plain directory, for what a recorded run cannot tell: what it does without io_uring, and
 * what files that it maps hold before its calls. Leaves a trace without a disk.
 */
import { join } from 'node:path';
import { programEnvironment } from '../../capture/environment.js';
import { queuesRefused } from '../../contract/doubts/asynchronous-queues.js';
import { AckServer } from '../../contract/tracing/ack-server.js';
import { Looker } from '../../contract/tracing/looker.js';
import { rootIn, traceWorkload } from '../../contract/tracing/trace-workload.js';
import { type LoadedScenario, scenarioFolder } from '../../scenario/load.js';
import { CallsRecording } from './record-calls.js';

/** What is to be different from the run before. */
export interface SecondRun {
  /** Queues of the kernel's are refused to it. */
  withoutQueues: boolean;
  /** It stands still before its calls, and is looked at. */
  looked: boolean;
}

export interface SecondRunJob extends SecondRun {
  loaded: LoadedScenario;
  storageIndex: number;
  workloads: string;
}

/**
 * @param folders.work an existing folder for what the run needs
 * @returns why it does not show what it was made for; null when it does
 */
export async function recordSecondRun(
  { loaded, storageIndex, workloads, withoutQueues, looked }: SecondRunJob,
  folders: { work: string; trace: string },
): Promise<string | null> {
  const { scenario } = loaded;
  const recorder = new CallsRecording(folders.trace, { loaded, storageIndex, workloads });
  const server = await AckServer.listen(join(folders.work, 'ack.sock'));
  const looker = looked ? new Looker(rootIn(folders.work)) : undefined;
  try {
    await traceWorkload({
      ...{ scenario, storageIndex, recorder, looker },
      workDir: folders.work,
      logFile: recorder.logFile,
      env: {
        ...process.env,
        ...programEnvironment(workloads, scenarioFolder(loaded)),
        ...scenario.workload.env,
        PLUGPULL_ACK: server.path,
      },
      socket: server.path,
      refused: withoutQueues ? [queuesRefused] : [],
    });
    return looker?.lack ?? null;
  } finally {
    looker?.close();
    server.close();
  }
}

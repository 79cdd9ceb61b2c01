import { join } from 'node:path';
import { programEnvironment } from '../capture/environment.js';
import { checkerRunner } from '../contract/checker/checker-process.js';
import { writeCrashDirectory } from '../contract/checker/crash-directory.js';
import { endStateRefusal } from '../judge/checker-verdict.js';
import { type Told, toldOf } from '../judge/told.js';
import { OutputBytes } from '../model/output-bytes.js';
import { replay } from '../model/replay.js';
import { snapshotTree } from '../promise/snapshot-tree.js';
import { checkerOf, runsAsOthers } from '../server/programs.js';
import type { RunSpace } from '../state/run-space.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import { callsFile } from '../trace/manifest.js';
import { type Observations, openObservations } from '../trace/observations.js';
import { saidPatterns } from '../trace/said.js';
import { UsageError } from '../verdict/errors.js';
import type { TraceToCheck } from './check-trace.js';

/**
 * Runs a checker once, as a run does before it judges anything: on the directory as the workload left it, with every
 * ack given. Needs no root: the directory is an ordinary copy.
 *
 * @returns why the checker does not accept it; null when it does
 * @throws UsageError where there is no checker, or the trace does not tell how the directory was left
 */
export async function dryCheck(
  { folder, manifest, loaded: { scenario } }: TraceToCheck,
  space: RunSpace,
  signal: AbortSignal,
): Promise<string | null> {
  const checker = checkerOf(scenario);
  if (!checker)
    throw new UsageError(
      `${folder}: --dry needs a checker: the scenario names none, and no --checker was given`,
    );
  if (runsAsOthers(scenario)) space.letUsersPass();
  const trace = openObservations(folder);
  try {
    const last = trace.snapshots.at(-1);
    if (!last?.final)
      throw new UsageError(`${folder}: --dry: the trace does not tell what the directory held after the run`);
    const home = space.newFolder(`dry-${space.nextNumber()}`);
    const directory = join(home, 'root');
    writeCrashDirectory(snapshotTree(trace, last), directory);
    const { workloads, scenario_folder } = manifest;
    const runner = checkerRunner({
      checker,
      env: {
        ...process.env,
        ...programEnvironment(workloads, scenario_folder),
        ...space.environment,
        ...scenario.workload.env,
      },
      stateFile: join(home, 'state.json'),
    });
    const end = (): void => runner.close();
    signal.addEventListener('abort', end, { once: true });
    try {
      const told = toldAtEnd(folder, trace);
      const crash_point = { log_index: null, reason: 'end', acks: told.acks.length };
      signal.throwIfAborted();
      const said = await runner.check({ directory, ...told, crash_point });
      // What one says that was ended because of it is no answer.
      signal.throwIfAborted();
      return endStateRefusal(said);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  } finally {
    trace.close();
  }
}

/** Without a disk nobody stamped any: then the system calls show them. */
function toldAtEnd(folder: string, trace: Observations): Told {
  const { size_bytes, calls, scenario } = trace.manifest;
  if (size_bytes !== null || !calls) return toldOf(trace);
  const said = saidPatterns(scenario);
  const output = new OutputBytes({ rootPath: calls.root, said, ackSocket: calls.ack_socket });
  const history = replay(readTraceLog(join(folder, callsFile), output).calls, {
    rootPath: calls.root,
    initial: snapshotTree(trace, trace.snapshots[0]!),
    acks: { stdout: said, socket: calls.ack_socket },
  });
  return toldOf(history);
}

/** What a command finds that looks at a crash state: what a checker finds in a run. */
import { programEnvironment } from '../capture/environment.js';
import type { CrashPoint } from '../explore/crash-points.js';
import { checkerEnvironment } from '../judge/checker-environment.js';
import type { CheckerState } from '../judge/checker-state.js';
import { type Told, toldAt } from '../judge/told.js';
import type { Manifest } from '../trace/manifest.js';
import type { Trace } from '../trace/trace.js';
import type { CrashPointSummary } from '../verdict/finding.js';

/** The crash point for people, and what a checker is told at it. */
export interface SightedCut {
  crashPoint: CrashPointSummary;
  told: Told;
}

export function cutAt(trace: Trace, point: CrashPoint): SightedCut {
  const told = toldAt(trace, point);
  const lastAck = told.acks.at(-1);
  return {
    told,
    crashPoint: {
      log_index: point.logIndex,
      reason: point.reason,
      acks: point.acks,
      ...(lastAck === undefined ? {} : { last_ack: lastAck }),
    },
  };
}

export interface CommandSight {
  /** Content of the file that PLUGPULL_STATE names. */
  state: CheckerState;
  environment: Record<string, string>;
}

/**
 * @param directory where the file system is mounted for the command
 * @param stateFile where the caller puts the state
 */
export function commandSight(
  { workloads, scenario_folder, scenario }: Pick<Manifest, 'workloads' | 'scenario_folder' | 'scenario'>,
  { crashPoint, told }: SightedCut,
  { directory, stateFile }: { directory: string; stateFile: string },
): CommandSight {
  const { log_index, reason } = crashPoint;
  const state = {
    directory,
    ...told,
    crash_point: { log_index, reason, acks: crashPoint.acks },
  };
  return {
    state,
    environment: {
      ...programEnvironment(workloads, scenario_folder),
      ...scenario.workload.env,
      ...checkerEnvironment(state, stateFile),
    },
  };
}

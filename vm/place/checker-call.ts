/**
 * The user's checker in a guest: what the agent is asked, and what its answer means, which is the same as on the host.
 * A lane waits for the answer while it serves its disk, a live round does not have to: each asks in its own way.
 */
import { programEnvironment } from '../../harness/capture/environment.js';
import { checkerEnvironment } from '../../harness/judge/checker-environment.js';
import type { CheckerState } from '../../harness/judge/checker-state.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd } from '../../harness/judge/checker-verdict.js';
import type { Judgement } from '../../harness/judge/judgement.js';
import { containerOf } from '../../harness/scenario/container.js';
import type { StartedChecker } from '../../harness/server/programs.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import type { GuestProgramEnd } from '../machine/agent-client.js';

const stateFile = '/run/plugpull/state.json';
/** By which the agent knows a persistent checker; `hang_up` ends it. */
export const checkerKey = 'checker';

type Answer = GuestProgramEnd | { line: string | null; timed_out: boolean };

export interface CheckerCall {
  name: 'run' | 'talk';
  args: Record<string, unknown>;
  /** `clear`: a persistent checker can be asked again. */
  judgementOf(answer: Answer): Judgement & { clear: boolean };
}

export function checkerCall(
  checker: StartedChecker,
  { workloads, scenario_folder, scenario }: Manifest,
  state: CheckerState,
): CheckerCall {
  const { run, timeout, persistent, attended } = checker;
  const env = { ...programEnvironment(workloads, scenario_folder), ...scenario.workload.env };
  const common = { timeout_s: timeout / 1000, contained: containerOf(scenario) !== null };
  if (persistent) {
    return {
      name: 'talk',
      args: { ...common, key: checkerKey, command: run, folder: '/', env, line: JSON.stringify(state) },
      judgementOf(answer) {
        const { line, timed_out } = answer as { line: string | null; timed_out: boolean };
        return judgementOfAnswer(timed_out ? 'timeout' : line === null ? { ended: null } : { line }, checker);
      },
    };
  }
  return {
    name: 'run',
    args: {
      ...common,
      argv: ['/bin/sh', '-c', run],
      folder: state.directory,
      env: { ...env, ...checkerEnvironment(state, stateFile) },
      files: { [stateFile]: JSON.stringify(state) },
    },
    judgementOf(answer) {
      const end = answer as GuestProgramEnd;
      if (end.timed_out)
        return { ...cannotTell(`the checker did not end within ${timeout / 1000} s`), clear: true };
      const ended = end.exit_code === null ? { signal: `${end.signal}` } : { exitCode: end.exit_code };
      const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString();
      const said = { stdout: text(end.stdout), stderr: text(end.stderr) };
      return { ...judgementOfEnd(ended, said, attended), clear: true };
    },
  };
}

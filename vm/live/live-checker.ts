/** The user's checker on a directory recovered in a guest; what its end or answer means is the same as on the host. */
import { programEnvironment } from '../../harness/capture/environment.js';
import type { CheckerState } from '../../harness/judge/checker.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd } from '../../harness/judge/checker-verdict.js';
import type { Problem } from '../../harness/judge/judgement.js';
import { containerOf } from '../../harness/scenario/container.js';
import type { Checker } from '../../harness/scenario/schema.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import type { AgentClient, GuestProgramEnd } from '../machine/agent-client.js';

const stateFile = '/run/plugpull/live-state.json';
const key = 'live-checker';
/** What the agent itself takes, beyond the checker's own limit. */
const graceMs = 60_000;

export async function askChecker(
  agent: AgentClient,
  checker: Checker,
  { workloads, scenario_folder, scenario }: Manifest,
  state: CheckerState,
): Promise<Problem[]> {
  const env = { ...programEnvironment(workloads, scenario_folder), ...scenario.workload.env };
  const { run, timeout } = checker;
  const contained = containerOf(scenario) !== null;
  if (checker.persistent) {
    // A guest sees few crash states, and may be gone for the next one: asked once, then sent home.
    const { line, timed_out } = await agent.call<{ line: string | null; timed_out: boolean }>(
      'talk',
      {
        key,
        command: run,
        folder: '/',
        env,
        line: JSON.stringify(state),
        timeout_s: timeout / 1000,
        contained,
      },
      { timeoutMs: timeout + graceMs },
    );
    await agent.call('hang_up', { key });
    return judgementOfAnswer(timed_out ? 'timeout' : line === null ? null : { line }, timeout).problems;
  }
  const end = await agent.call<GuestProgramEnd>(
    'run',
    {
      argv: ['/bin/sh', '-c', run],
      folder: state.directory,
      env: {
        ...env,
        PLUGPULL_STATE: stateFile,
        PLUGPULL_DIR: state.directory,
        PLUGPULL_ACKS: String(state.acks.length),
        PLUGPULL_LAST_ACK: state.acks.at(-1) ?? '',
      },
      files: { [stateFile]: JSON.stringify(state) },
      timeout_s: timeout / 1000,
      contained,
    },
    { timeoutMs: timeout + graceMs },
  );
  if (end.timed_out) return cannotTell(`the checker did not end within ${timeout / 1000} s`).problems;
  const ended = end.exit_code === null ? { signal: `${end.signal}` } : { exitCode: end.exit_code };
  return judgementOfEnd(ended, Buffer.from(end.stdout, 'base64').toString()).problems;
}

/** The user's checker inside a guest; what its end or answer means is the same as on the host. */
import { programEnvironment } from '../../harness/capture/environment.js';
import type { CheckerState } from '../../harness/judge/checker.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd } from '../../harness/judge/checker-verdict.js';
import type { Judgement } from '../../harness/judge/judgement.js';
import { containerOf } from '../../harness/scenario/container.js';
import type { Checker } from '../../harness/scenario/schema.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import type { GuestProgramEnd } from '../machine/agent-client.js';
import type { SyncAgent } from './sync-agent.js';

const stateFile = '/run/plugpull/state.json';
const keyOfPersistent = 'checker';
/** What the agent itself takes, beyond the checker's own limit. */
const graceMs = 30_000;

export class GuestChecker {
  readonly #env: Record<string, string>;
  readonly #contained: boolean;

  constructor(
    private readonly agent: SyncAgent,
    private readonly checker: Checker,
    { workloads, scenario_folder, scenario }: Manifest,
  ) {
    this.#env = { ...programEnvironment(workloads, scenario_folder), ...scenario.workload.env };
    this.#contained = containerOf(scenario) !== null;
  }

  check(state: CheckerState): Judgement {
    return this.checker.persistent ? this.#ask(state) : this.#runOnce(state);
  }

  dispose(): void {
    if (this.checker.persistent) this.agent.call('hang_up', { key: keyOfPersistent });
  }

  #runOnce(state: CheckerState): Judgement {
    const { run, timeout } = this.checker;
    const end = this.agent.call<GuestProgramEnd>(
      'run',
      {
        argv: ['/bin/sh', '-c', run],
        folder: state.directory,
        env: {
          ...this.#env,
          PLUGPULL_STATE: stateFile,
          PLUGPULL_DIR: state.directory,
          PLUGPULL_ACKS: String(state.acks.length),
          PLUGPULL_LAST_ACK: state.acks.at(-1) ?? '',
        },
        files: { [stateFile]: JSON.stringify(state) },
        timeout_s: timeout / 1000,
        contained: this.#contained,
      },
      timeout + graceMs,
    );
    if (end.timed_out) return cannotTell(`the checker did not end within ${timeout / 1000} s`);
    const ended = end.exit_code === null ? { signal: `${end.signal}` } : { exitCode: end.exit_code };
    return judgementOfEnd(ended, Buffer.from(end.stdout, 'base64').toString());
  }

  #ask(state: CheckerState): Judgement {
    const { run, timeout } = this.checker;
    const { line, timed_out } = this.agent.call<{ line: string | null; timed_out: boolean }>(
      'talk',
      {
        key: keyOfPersistent,
        command: run,
        folder: '/',
        env: this.#env,
        line: JSON.stringify(state),
        timeout_s: timeout / 1000,
        contained: this.#contained,
      },
      timeout + graceMs,
    );
    const answer = timed_out ? 'timeout' : line === null ? null : { line };
    const { problems, clear } = judgementOfAnswer(answer, timeout);
    if (!clear) this.dispose();
    return { problems };
  }
}

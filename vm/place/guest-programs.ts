/**
 * A scenario's programs in a guest: the same commands, folders and variables as on the host, acks handed to the
 * recorder while their giver waits.
 */

import { writeFileSync } from 'node:fs';
import { programEnvironment } from '../../harness/capture/environment.js';
import type { PlaceContext, WorkloadOptions } from '../../harness/capture/place.js';
import { tracerOf } from '../../harness/capture/tracer.js';
import { saidAll, type WorkloadEnd } from '../../harness/capture/workload.js';
import { AckLines } from '../../harness/disk/recording/ack-lines.js';
import { Ending } from '../../harness/state/ending.js';
import type { AgentEvent } from '../machine/agent-client.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { fetchFile } from './fetch-file.js';

/** Beyond the workload's own limit, for what the guest has to tidy up after it. */
const graceMs = 60_000;
const guestCalls = '/run/plugpull/calls.strace';
const guestErrors = '/run/plugpull/errors';

export type ProgramContext = Pick<
  PlaceContext,
  'name' | 'workloads' | 'scenarioFolder' | 'env' | 'errorFile' | 'onOutput' | 'giveAck' | 'said' | 'signal'
> & {
  /** They run in the guest's container image, not in its own root. */
  contained: boolean;
};

export class GuestPrograms {
  readonly #lines: AckLines | null;

  constructor(
    private readonly machine: GuestMachine,
    private readonly context: ProgramContext,
    private readonly folder: string,
  ) {
    this.#lines = context.said === null ? null : new AckLines(context.said);
    machine.agent.onEvent = (event) => void this.#hear(event);
    writeFileSync(context.errorFile, '');
  }

  setup(command: string, timeoutMs: number): Promise<WorkloadEnd> {
    return this.#run(command, { timeoutMs, mark: `${this.context.name}-setup`, acksOnStdout: false });
  }

  async workload(
    command: string,
    { timeoutMs, callsFile, lateChanges }: WorkloadOptions,
  ): Promise<WorkloadEnd> {
    const tracer = tracerOf({ callsFile: callsFile ? guestCalls : null, lateChanges }) ?? [];
    const end = await this.#run(command, {
      timeoutMs,
      mark: this.context.name,
      acksOnStdout: this.#lines !== null,
      tracer,
    });
    const last = saidAll(end) ? (this.#lines?.end() ?? []) : [];
    for (const text of last) await this.context.giveAck(text, 'stdout');
    if (callsFile) await fetchFile(this.machine.agent, guestCalls, callsFile);
    return end;
  }

  /** Ends the workload now, as a power cut does. */
  async kill(): Promise<void> {
    await this.machine.agent.call('kill_workload', { mark: this.context.name });
  }

  /**
   * The same for a workload that waits for an ack: it is as good as dead when this resolves, and gone when its ack is
   * answered; until then it stays in the kernel, where nothing ends it.
   */
  async strike(): Promise<void> {
    await this.machine.agent.call('strike_workload', { mark: this.context.name });
  }

  async #run(
    command: string,
    options: { timeoutMs: number; mark: string; acksOnStdout: boolean; tracer?: readonly string[] },
  ): Promise<WorkloadEnd> {
    const { agent } = this.machine;
    const { workloads, scenarioFolder, env, contained, signal } = this.context;
    const { timeoutMs, mark, acksOnStdout, tracer = [] } = options;
    // A signal that fired already is never heard of again.
    signal?.throwIfAborted();
    let asked = false;
    // One question at a time: a guest may be slow to answer.
    const ending = new Ending(() => {
      if (asked) return;
      asked = true;
      const answered = (): void => {
        asked = false;
      };
      agent.call('kill_workload', { mark }).then(answered, answered);
    });
    signal?.addEventListener('abort', ending.begin, { once: true });
    try {
      return await agent.call<WorkloadEnd>(
        'workload',
        {
          command,
          mark,
          folder: this.folder,
          env: {
            ...programEnvironment(workloads, scenarioFolder),
            PLUGPULL_ACK: this.machine.facts.ack_socket,
            ...env,
          },
          timeout_s: timeoutMs / 1000,
          tracer,
          acks_on_stdout: acksOnStdout,
          contained,
          error_file: guestErrors,
        },
        { timeoutMs: timeoutMs + graceMs },
      );
    } finally {
      ending.over();
      signal?.removeEventListener('abort', ending.begin);
      await fetchFile(agent, guestErrors, this.context.errorFile).catch(() => {});
    }
  }

  async #hear(event: AgentEvent): Promise<void> {
    const { context, machine } = this;
    if (event.event === 'ready') return;
    if (event.event === 'output') {
      context.onOutput(Buffer.from(event.data, 'base64'));
      return;
    }
    let answer: 'ok' | 'cut' = 'ok';
    try {
      if (event.event === 'ack') answer = await context.giveAck(event.text, 'socket');
      else {
        const data = Buffer.from(event.data, 'base64');
        context.onOutput(data);
        for (const text of this.#lines?.push(data) ?? []) answer = await context.giveAck(text, 'stdout');
      }
    } catch {
      // Whoever records has failed and says so itself; the workload must not wait for ever.
      answer = 'cut';
    }
    await machine.agent.call('answer_ack', { token: event.token, answer }).catch(() => {});
  }
}

/** The command's end of a lane of the probe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { hangsAfterMs } from '../attach/hang-limit.js';
import { layerLabel } from '../scenario/schema/layers.js';
import type { RunSpace } from '../state/run-space.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import type { FromProbeLane, ProbeLaneSetup, ProbeTask, PropertyTask } from './lane/messages.js';
import type { PropertyAnswer } from './properties/answer.js';
import type { WorkloadResult } from './result.js';

export class ProbeLaneClient {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #said = '';
  #expect: ((message: FromProbeLane) => void) | null = null;

  constructor(
    readonly name: string,
    space: RunSpace,
    [program, ...words]: readonly [string, ...string[]],
  ) {
    space.note({ kind: 'process', what: name });
    this.#child = spawn(program, words, {
      env: { ...process.env, ...space.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.stderr!.on('data', (data: Buffer) => {
      this.#said = (this.#said + data.toString()).slice(-4000);
    });
    this.#child.stdin!.on('error', () => {});
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#expect?.(JSON.parse(line) as FromProbeLane);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`${name} cannot be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        resolve(`${name} ended (${signal ?? code}) ${this.#said.trim()}`),
      );
    });
  }

  /**
   * Makes the file system.
   * @throws UsageError where mkfs or the kernel refuses it, UnavailableError where something is missing
   */
  async begin(setup: ProbeLaneSetup): Promise<void> {
    const { refused } = await this.#ask(setup, 'ready');
    if (!refused) return;
    if (refused.by === 'missing') throw new UnavailableError(refused.said);
    const { fs, mkfs, mount, layers } = setup.storage;
    const what = refused.by === 'mount' ? 'mounted' : 'made';
    throw new UsageError(
      `storage ${fs} (mkfs ${JSON.stringify(mkfs)}, mount ${JSON.stringify(mount)}, layers ${JSON.stringify(layers.map(layerLabel))}) cannot be ${what}: ${refused.said}`,
    );
  }

  async probe(task: ProbeTask): Promise<WorkloadResult> {
    const started = performance.now();
    const { result } = await this.#ask(task, 'probed');
    return { ...result, duration_ms: Math.round(performance.now() - started) };
  }

  async measure(task: PropertyTask): Promise<PropertyAnswer> {
    return (await this.#ask(task, 'measured')).answer;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.kill(), hangsAfterMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #ask<T extends FromProbeLane['type']>(
    line: ProbeLaneSetup | ProbeTask | PropertyTask,
    wanted: T,
  ): Promise<Extract<FromProbeLane, { type: T }>> {
    const answer = new Promise<Extract<FromProbeLane, { type: T }>>((resolve, reject) => {
      this.#expect = (message) => {
        if (message.type === wanted) resolve(message as Extract<FromProbeLane, { type: T }>);
        else reject(new Error(message.type === 'fault' ? message.message : `unexpected ${message.type}`));
      };
    });
    this.#child.stdin!.write(`${JSON.stringify(line)}\n`);
    return Promise.race([answer, this.#ended.then((how) => Promise.reject(new Error(how)))]);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { concurrentCrashStates } from '../attach/mounting.js';
import type { FileSystem } from '../scenario/schema.js';
import type { RunSpace } from '../state/run-space.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';

/** The command's end of a lane. It can be started before there is a trace: loading its programs takes a while. */
export class LaneClient {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #said = '';

  constructor(
    readonly name: string,
    private readonly space: RunSpace,
    private readonly directIo: boolean,
  ) {
    space.note({ kind: 'process', what: name });
    const program = fileURLToPath(new URL('./lane/lane-process.js', import.meta.url));
    // A mount namespace of its own: what the lane mounts is nobody else's business and ends with it.
    this.#child = spawn('unshare', ['--mount', '--propagation', 'private', process.execPath, program], {
      env: { ...process.env, ...space.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.stderr!.on('data', (data: Buffer) => {
      this.#said = (this.#said + data.toString()).slice(-4000);
    });
    this.#child.stdin!.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`${name} cannot be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        resolve(`${name} ended (${signal ?? code}) ${this.#said.trim()}`),
      );
    });
  }

  /** Where it keeps its files. */
  get folder(): string {
    return join(this.space.folder, this.name);
  }

  /** Gives the lane its trace; resolves when it can take tasks. */
  begin(
    setup: Pick<LaneSetup, 'traceFolder' | 'look'>,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string) => void,
  ): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      void this.#ended.then((reason) => {
        reject(new Error(reason));
        onEnd(reason);
      });
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        const message = JSON.parse(line) as FromLane;
        if (message.type === 'ready') resolve();
        else onMessage(message);
      });
    });
    this.#send({ ...setup, name: this.name, spaceFolder: this.space.folder, directIo: this.directIo });
    return ready;
  }

  send(task: ToLane): void {
    this.#send(task);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
  }

  #send(message: ToLane | LaneSetup): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }
}

/** Starts lanes: as many as asked for, one a core without a wish, and no more than the file system can take. */
export function startLanes(options: {
  space: RunSpace;
  fs: FileSystem;
  lanes?: number | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
}): LaneClient[] {
  const { space, fs, lanes = availableParallelism(), directIo = true } = options;
  const count = Math.min(lanes, concurrentCrashStates(fs, release()));
  return Array.from({ length: count }, () => new LaneClient(`lane-${space.nextNumber()}`, space, directIo));
}

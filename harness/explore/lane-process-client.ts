import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunSpace } from '../state/run-space.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';

/** A lane's process as the command sees it: JSON lines both ways, and what it said when it ended. */
export class LaneProcessClient {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #said = '';

  constructor(name: string, space: RunSpace, [program, ...words]: readonly [string, ...string[]]) {
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
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`${name} cannot be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        resolve(`${name} ended (${signal ?? code}) ${this.#said.trim()}`),
      );
    });
  }

  /** Gives the lane its trace; resolves when it can take tasks. */
  begin(
    setup: LaneSetup,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      void this.#ended.then((reason) => {
        reject(new Error(reason));
        onEnd(reason);
      });
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        const message = JSON.parse(line) as FromLane;
        if (message.type === 'ready') resolve();
        else {
          if (message.type === 'fault') reject(new Error(message.message));
          onMessage(message);
        }
      });
    });
    this.send(setup);
    return ready;
  }

  send(message: ToLane | LaneSetup): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  async close({ atOnce = false }: { atOnce?: boolean } = {}): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), atOnce ? 0 : 5000);
    await this.#ended;
    clearTimeout(timer);
  }
}

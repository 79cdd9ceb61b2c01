import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunSpace } from '../state/run-space.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';

/** The command's end of a lane. */
export class LaneClient {
  readonly #child: ChildProcess;
  #said = '';
  readonly ready: Promise<void>;

  constructor(
    readonly name: string,
    space: RunSpace,
    setup: LaneSetup,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string) => void,
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
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        const reason = `${name} ended (${signal ?? code}) ${this.#said.trim()}`;
        reject(new Error(reason));
        onEnd(reason);
      });
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        const message = JSON.parse(line) as FromLane;
        if (message.type === 'ready') resolve();
        else onMessage(message);
      });
    });
    this.ready.catch(() => {});
    this.#child.stdin!.write(`${JSON.stringify(setup)}\n`);
  }

  send(message: ToLane): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(timer);
  }
}

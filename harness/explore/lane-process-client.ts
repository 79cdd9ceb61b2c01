import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunSpace } from '../state/run-space.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';

/** A lane's process as the command sees it: JSON lines both ways, and what it said when it ended. */
export class LaneProcessClient {
  #started: { child: ChildProcess; ended: Promise<string> } | null = null;
  #said = '';
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly space: RunSpace,
    private readonly command: readonly [string, ...string[]],
  ) {}

  /** Starts the process, unless it was. Whoever begins with it need not ask. */
  start(): void {
    this.#start();
  }

  #start(): { child: ChildProcess; ended: Promise<string> } {
    if (this.#started) return this.#started;
    if (this.#closed) throw new Error(`${this.name} was closed before it was started`);
    const { name, space } = this;
    const [program, ...words] = this.command;
    space.note({ kind: 'process', what: name });
    const child = spawn(program, words, {
      env: { ...process.env, ...space.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.stderr.on('data', (data: Buffer) => {
      this.#said = (this.#said + data.toString()).slice(-4000);
    });
    child.stdin.on('error', () => {});
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`${name} cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => resolve(`${name} ended (${signal ?? code}) ${this.#said.trim()}`));
    });
    this.#started = { child, ended };
    return this.#started;
  }

  /** Gives the lane its trace; resolves when it can take tasks. */
  begin(
    setup: LaneSetup,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const { child, ended } = this.#start();
    const ready = new Promise<void>((resolve, reject) => {
      void ended.then((reason) => {
        reject(new Error(reason));
        onEnd(reason);
      });
      createInterface({ input: child.stdout! }).on('line', (line) => {
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
    this.#start().child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  async close({ atOnce = false }: { atOnce?: boolean } = {}): Promise<void> {
    this.#closed = true;
    if (!this.#started) return;
    const { child, ended } = this.#started;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stdin!.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), atOnce ? 0 : 5000);
    await ended;
    clearTimeout(timer);
  }
}

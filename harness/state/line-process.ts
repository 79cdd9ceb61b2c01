import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { withOwnMounts } from './own-mounts.js';

/** One of plugpull's own programs, as it is started. */
export interface LineProgram {
  /** Its file. */
  path: string;
  words?: readonly string[];
  /** It has mounts of its own, which are gone with it. */
  ownMounts?: boolean;
}

/** Whoever has a process now. */
interface Listener {
  /** Each line that it says. */
  onLine(line: string): void;
  /** How it ended, and what it had said on standard error. */
  onEnd(how: string): void;
}

/** So much of what it says on standard error is told, from the end. */
const keptCharacters = 4000;

/**
 * A program of plugpull's own that is told, and tells, lines of JSON. It has a process group of its own, since Ctrl-C is for
 * the command, and nothing of the group outlives it.
 */
export class LineProcess {
  /** Never rejects. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #listener: Listener = { onLine() {}, onEnd() {} };
  #how: string | null = null;
  #said = '';
  #wasTold = false;
  #isToEnd = false;

  constructor(program: LineProgram, environment: Record<string, string>) {
    const { path, words = [], ownMounts = false } = program;
    const [command, ...commandWords] = ownMounts
      ? withOwnMounts(process.execPath, path, ...words)
      : [process.execPath, path, ...words];
    const child = spawn(command, commandWords, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.stderr.on('data', (data: Buffer) => {
      this.#said = (this.#said + data.toString()).slice(-keptCharacters);
    });
    // It may end before it has read all that it was told; that it ended is told then.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#listener.onLine(line));
    this.#child = child;
    this.ended = new Promise((resolve) => {
      const over = (how: string): void => {
        this.#how = how;
        this.#listener.onEnd(how);
        resolve();
      };
      child.once('error', (error) => over(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        this.#killGroup();
        over(`ended (${signal ?? code}) ${this.#said.trim()}`);
      });
    });
  }

  /** From now on this one is told, and whoever was before no more. */
  hear(listener: Listener): void {
    this.#listener = listener;
    if (this.#how !== null) listener.onEnd(this.#how);
  }

  /** It runs, and nobody has told it anything yet. */
  get isNew(): boolean {
    return this.isRunning && !this.#wasTold;
  }

  /** It runs, and nobody has asked it to end. */
  get isRunning(): boolean {
    return this.#isThere && !this.#isToEnd;
  }

  get #isThere(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** It said nothing on standard error. */
  get isSilent(): boolean {
    return this.#said === '';
  }

  send(message: object): void {
    this.#wasTold = true;
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** Closes its input, at which it is to end; kills it when it does not within the time. */
  async end(limitMs: number): Promise<void> {
    if (!this.#isThere) return;
    this.#isToEnd = true;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#killGroup(), limitMs);
    await this.ended;
    clearTimeout(timer);
  }

  #killGroup(): void {
    try {
      process.kill(-this.#child.pid!, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  }
}

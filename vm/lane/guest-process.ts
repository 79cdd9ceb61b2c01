/** The process of a lane's guest, watched without an event loop. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { EventPoll } from '../../harness/attach/event-poll.js';
import { openProcess, waitForChild } from '../../harness/attach/libc.js';

export class GuestProcess {
  readonly #pid: number;
  readonly #pidfd: number;
  #ended: string | null = null;

  /**
   * @param command the whole command line
   * @param options.folder where it is started
   * @param options.saidFile where its own words go
   * @param options.environment beside this process's
   */
  constructor(
    command: readonly string[],
    options: { folder: string; saidFile: string; environment: Readonly<Record<string, string>> },
    private readonly poll: Pick<EventPoll, 'add' | 'remove'>,
  ) {
    const [program, ...words] = command;
    const said = openSync(options.saidFile, 'w');
    const child = spawn(program!, words, {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', said, said],
    });
    closeSync(said);
    child.on('error', () => {});
    // Its end is waited for here, and Node never hears of it.
    child.unref();
    if (child.pid === undefined) throw new Error(`${program} cannot be started: apt-get install util-linux`);
    this.#pid = child.pid;
    this.#pidfd = openProcess(child.pid);
    poll.add(this.#pidfd, () => this.#notice());
  }

  /** How it ended; null while it runs. */
  get ended(): string | null {
    return this.#ended;
  }

  /** Ends it at once. */
  kill(): void {
    if (this.#ended !== null) return;
    process.kill(this.#pid, 'SIGKILL');
    this.#notice();
  }

  #notice(): void {
    if (this.#ended !== null) return;
    const end = waitForChild(this.#pid, { block: true });
    this.poll.remove(this.#pidfd);
    closeSync(this.#pidfd);
    this.#ended = end && 'signal' in end ? `signal ${end.signal}` : `exit code ${end?.exitCode}`;
  }
}

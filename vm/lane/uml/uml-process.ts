/** The process of a User-mode Linux guest, watched without an event loop. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventPoll } from '../../../harness/attach/event-poll.js';
import { openProcess, waitForChild } from '../../../harness/attach/libc.js';

export class UmlProcess {
  readonly #pid: number;
  readonly #pidfd: number;
  #ended: string | null = null;

  /**
   * @param command the whole command line; started in the kernel's folder
   * @param consoleLog where its console and its own words go
   */
  constructor(
    command: readonly string[],
    options: { kernelFolder: string; consoleLog: string; temporary: string },
    private readonly poll: EventPoll,
    private readonly onEnd: (how: string) => void,
  ) {
    const [program, ...words] = command;
    const console = openSync(options.consoleLog, 'w');
    const child = spawn(program!, words, {
      cwd: options.kernelFolder,
      // Its memory is a file there: memory itself, where that has room, is best.
      env: { ...process.env, TMPDIR: options.temporary },
      stdio: ['ignore', console, console],
    });
    closeSync(console);
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
    this.#close(waitForChild(this.#pid, { block: true }));
  }

  #notice(): void {
    if (this.#ended !== null) return;
    const how = this.#close(waitForChild(this.#pid, { block: true }));
    this.onEnd(how);
  }

  #close(end: ReturnType<typeof waitForChild>): string {
    this.poll.remove(this.#pidfd);
    closeSync(this.#pidfd);
    this.#ended = end && 'signal' in end ? `signal ${end.signal}` : `exit code ${end?.exitCode}`;
    return this.#ended;
  }
}

/** What a killed guest leaves in its folder: its process id, and a management socket. */
export function removeManagement(folder: string): void {
  rmSync(join(folder, 'uml'), { recursive: true, force: true });
}

/**
 * A child process driven without an event loop: the process that recovers crash states waits for its checker
 * and does nothing else meanwhile. Its limits are those of a busy machine (server/unhurried.ts).
 */
import { spawn } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { guarded } from '../attach/guard.js';
import { pipe, waitForChild, waitReadable, waitWritable } from '../attach/libc.js';
import { UnhurriedLimit } from '../server/unhurried.js';
import { longestAnswerBytes } from './checker-verdict.js';

export class SyncChild {
  readonly #input: number;
  readonly #output: number;
  readonly #pid: number;
  #rest = Buffer.alloc(0);
  #end: { exitCode: number } | { signal: number } | null = null;
  readonly #open: Set<number>;

  /** Runs a command through /bin/sh in a process group of its own. Throws when it cannot be started. */
  constructor(command: string, options: { folder: string; env: Record<string, string>; stderr: number }) {
    const [childInput, input] = pipe();
    const [output, childOutput] = pipe();
    const [program, ...words] = [...guarded(), '/bin/sh', '-c', command];
    const child = spawn(program!, words, {
      cwd: options.folder,
      env: { ...process.env, ...options.env },
      stdio: [childInput, childOutput, options.stderr],
      detached: true,
    });
    closeSync(childInput);
    closeSync(childOutput);
    this.#input = input;
    this.#output = output;
    this.#open = new Set([input, output]);
    child.on('error', () => {});
    // Its end is seen here, never by the event loop, which would wait for it for ever.
    child.unref();
    if (child.pid === undefined) throw new Error(`cannot start /bin/sh in ${options.folder}`);
    this.#pid = child.pid;
  }

  /** False when it did not take the line in time. */
  writeLine(line: string, timeoutMs: number): boolean {
    const bytes = Buffer.from(`${line}\n`);
    const limit = new UnhurriedLimit(timeoutMs);
    // A pipe that is writable takes this many bytes (PIPE_BUF) without waiting.
    const stepBytes = 4096;
    for (let done = 0; done < bytes.length; ) {
      if (!waitWritable(this.#input, limit.nextLookMs)) {
        if (limit.isOver) return false;
        continue;
      }
      done += writeSync(this.#input, bytes, done, Math.min(stepBytes, bytes.length - done));
    }
    return true;
  }

  /**
   * The next line, or the beginning of one that is too long for an answer; null at the end of its output; `timeout` when
   * none came in time.
   */
  readLine(timeoutMs: number): { line: string } | 'timeout' | null {
    const limit = new UnhurriedLimit(timeoutMs);
    for (;;) {
      const newline = this.#rest.indexOf(10);
      if (newline >= 0) {
        const line = this.#rest.toString('utf8', 0, newline);
        this.#rest = this.#rest.subarray(newline + 1);
        return { line };
      }
      if (this.#rest.length > longestAnswerBytes) return { line: this.#rest.toString('utf8') };
      if (waitReadable(this.#output, limit.nextLookMs)) {
        if (!this.#readMore()) return null;
      } else if (limit.isOver) return 'timeout';
    }
  }

  /**
   * All its output until it ends, of which only the first `keepBytes` are kept. Whoever it left in the background may
   * hold the output open: that is not waited for.
   */
  readAll(timeoutMs: number, keepBytes: number): { text: string } | 'timeout' {
    const limit = new UnhurriedLimit(timeoutMs);
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
      const ended = this.#hasEnded();
      while (waitReadable(this.#output, ended ? 0 : Math.min(waitMs, limit.nextLookMs))) {
        if (!this.#readMore()) return { text: this.#rest.toString('utf8', 0, keepBytes) };
        if (this.#rest.length > keepBytes) this.#rest = this.#rest.subarray(0, keepBytes);
        if (limit.isOver) return 'timeout';
      }
      if (ended) return { text: this.#rest.toString('utf8', 0, keepBytes) };
      if (limit.isOver) return 'timeout';
    }
  }

  closeInput(): void {
    this.#close(this.#input);
  }

  /** How it ended; null when it has not within the time. */
  wait(timeoutMs: number): { exitCode: number } | { signal: number } | null {
    const limit = new UnhurriedLimit(timeoutMs);
    for (;;) {
      if (this.#hasEnded()) return this.#end;
      if (limit.isOver) return null;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  /** Ends it and everything in its process group; takes its descriptors back. */
  dispose(): void {
    try {
      process.kill(-this.#pid, 'SIGKILL');
    } catch {
      // Nothing left of the group.
    }
    try {
      if (this.#end === null) this.wait(5000);
    } catch {
      // Where an event loop ran meanwhile, it has seen the end first.
    }
    this.#close(this.#input);
    this.#close(this.#output);
  }

  #hasEnded(): boolean {
    this.#end ??= waitForChild(this.#pid, { block: false });
    return this.#end !== null;
  }

  /** Once only: the number may be somebody else's by then. */
  #close(fd: number): void {
    if (this.#open.delete(fd)) closeSync(fd);
  }

  #readMore(): boolean {
    const part = Buffer.allocUnsafe(64 * 1024);
    const count = readSync(this.#output, part, 0, part.length, null);
    this.#rest = Buffer.concat([this.#rest, part.subarray(0, count)]);
    return count > 0;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { type InjectedError, straceCommand } from '../syscalls/strace-command.js';
import { UnavailableError } from '../verdict/errors.js';

export interface TracedRunOptions {
  /** For `/bin/sh -c`. */
  command: string;
  directory: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** null: run without tracing, as a set-up does. */
  trace: { logFile: string; stacks?: boolean; inject?: InjectedError[] } | null;
  signal?: AbortSignal | undefined;
}

export interface TracedRun {
  /** null when a signal ended it. */
  exitCode: number | null;
  timedOut: boolean;
  /** The end of what it printed on standard error. */
  stderr: string;
  elapsedMs: number;
}

const keptStderrBytes = 4096;

/**
 * Runs a command in a process group of its own, under strace when asked to, and ends the whole group at the time
 * limit or when `signal` aborts. Needs no privileges.
 */
export async function runTraced(options: TracedRunOptions): Promise<TracedRun> {
  const command = ['/bin/sh', '-c', options.command];
  const [program, ...rest] = options.trace ? [...straceCommand(options.trace), ...command] : command;
  const started = performance.now();
  const child = spawn(program!, rest, {
    cwd: options.directory,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout!.resume();
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-keptStderrBytes);
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child);
  }, options.timeoutMs);
  const onAbort = (): void => endGroup(child);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        const missing = error.code === 'ENOENT' && program === 'strace';
        reject(
          missing
            ? new UnavailableError('strace is not installed; the Debian package strace brings it')
            : error,
        );
      });
      child.once('exit', (code) => resolve(code));
    });
    options.signal?.throwIfAborted();
    return { exitCode, timedOut, stderr, elapsedMs: performance.now() - started };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    // A child that outlived the command must not write to a directory that is judged already.
    endGroup(child);
    child.stdout!.destroy();
    child.stderr!.destroy();
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

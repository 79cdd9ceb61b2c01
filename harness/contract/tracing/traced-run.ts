import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { guarded } from '../../attach/guard.js';
import { noticed, noticedEnvironment, takeListener } from '../../attach/noticed.js';
import { OutputPipe } from '../../attach/output-pipe.js';
import { Terminal } from '../../capture/terminal.js';
import { untraced } from '../../capture/untraced.js';
import { whenOver } from '../../server/unhurried.js';
import { endTraced, killTraced, workloadMark } from '../../state/end-traced.js';
import { Ending } from '../../state/ending.js';
import { HeldMounts, heldMounts } from '../../state/mount-mark.js';
import { type InjectedError, straceCommand } from '../../syscalls/strace-command.js';
import { UnavailableError } from '../../verdict/errors.js';
import type { Looker } from './looker.js';

export interface TracedRunOptions {
  /** For `/bin/sh -c`. */
  command: string;
  directory: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** null: run without tracing, as a set-up does. */
  trace: { logFile: string; stacks?: boolean; inject?: InjectedError[] } | null;
  /** Whom the program's calls wait for. */
  looker?: Looker | undefined;
  /** Its standard output is a terminal. */
  terminal?: boolean;
  signal?: AbortSignal | undefined;
}

export interface TracedRun {
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  /** The end of what it printed on standard error. */
  stderr: string;
  elapsedMs: number;
}

const keptStderrBytes = 4096;

/**
 * Runs a command in a process group of its own, under strace when asked to. Ends when the command itself has ended, at
 * the time limit, or when `signal` aborts; then nothing of it is left running, and its log is whole. Needs no
 * privileges.
 */
export async function runTraced(options: TracedRunOptions): Promise<TracedRun> {
  const { trace, looker } = options;
  // A signal that fired already is never heard of again.
  options.signal?.throwIfAborted();
  const id = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const looked = looker !== undefined;
  // Aside, because strace as the parent would wait for what the command leaves in the background.
  const tracer = trace ? straceCommand({ ...trace, aside: true, withoutFilter: looked, waits: looked }) : [];
  const [program, ...rest] = [
    ...heldMounts(),
    ...(looker ? noticed : []),
    ...guarded(),
    ...tracer,
    ...['/bin/sh', '-c', options.command],
  ];
  const started = performance.now();
  const output = options.terminal ? new Terminal(null) : new OutputPipe();
  const errors = new OutputPipe();
  const outputName = readlinkSync(`/proc/self/fd/${output.fd}`);
  const child = spawn(program!, rest, {
    cwd: options.directory,
    env: { ...(looker ? noticedEnvironment(options.env) : options.env), [workloadMark]: id },
    detached: true,
    stdio: ['ignore', output.fd, errors.fd, looker ? 'pipe' : 'ignore', 'pipe'],
  });
  const mounts = HeldMounts.of(child);
  output.handedOver();
  errors.handedOver();
  if (output instanceof OutputPipe) output.printed.resume();
  if (looker) takeListener(child, (listener) => looker.attend(listener, outputName));
  let stderr = '';
  errors.printed.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-keptStderrBytes);
  });
  const ending = new Ending(() => (trace ? killTraced(id) : endGroup(child)));
  let timedOut = false;
  const endLimit = whenOver(options.timeoutMs, () => {
    timedOut = true;
    ending.begin();
  });
  options.signal?.addEventListener('abort', ending.begin, { once: true });
  try {
    const end = await new Promise<Pick<TracedRun, 'exitCode' | 'signal'>>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        const missing = error.code === 'ENOENT' && program === 'strace';
        reject(missing ? noStrace() : error);
      });
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    ending.over();
    const elapsedMs = performance.now() - started;
    if (end.exitCode === 127 && /failed to execute strace/.test(stderr)) throw noStrace();
    if (trace) await endTraced(id, mounts);
    else mounts.killAll();
    options.signal?.throwIfAborted();
    if (trace && !existsSync(trace.logFile)) {
      // It may have ended before what it said was read; nobody else holds the other end.
      if (!errors.printed.closed) await once(errors.printed, 'close');
      throw untraced(trace.logFile, stderr.trim());
    }
    return { ...end, timedOut, stderr, elapsedMs };
  } finally {
    mounts.release();
    ending.over();
    endLimit();
    options.signal?.removeEventListener('abort', ending.begin);
    // A child that outlived the command must not write to a directory that is judged already.
    endGroup(child);
    if (output instanceof Terminal) await output.end();
    else output.printed.destroy();
    errors.printed.destroy();
  }
}

function noStrace(): UnavailableError {
  return new UnavailableError('strace is not installed; the Debian package strace brings it');
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

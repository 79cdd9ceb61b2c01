import { type ChildProcess, spawn } from 'node:child_process';
import { guarded } from '../attach/guard.js';
import { noticed, noticedEnvironment, takeListener } from '../attach/noticed.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { whenOver } from '../server/unhurried.js';
import { endTraced, workloadMark } from '../state/end-traced.js';
import { Ending } from '../state/ending.js';
import { HeldMounts, heldMounts } from '../state/mount-mark.js';
import { killMarked } from '../state/processes.js';
import { CannotTellError, UsageError } from '../verdict/errors.js';
import { DiskFullError, saysFull } from './grown-disk.js';
import { saidLast } from './said-last.js';
import { Terminal } from './terminal.js';

export interface WorkloadEnd {
  exit_code: number | null;
  signal: string | null;
  timed_out: boolean;
  duration_ms: number;
}

/** It was not killed: what it printed last is what it meant to say, with a newline or without. */
export function saidAll({ exit_code, timed_out }: WorkloadEnd): boolean {
  return exit_code !== null && !timed_out;
}

/** Whether it ended as its scenario says that a workload does. */
export function endedWell({ exit_code, timed_out }: WorkloadEnd, { workload }: Scenario): boolean {
  return !timed_out && exit_code !== null && workload.exit_codes.includes(exit_code);
}

/** @throws UsageError when a scenario's setup failed; `errorFile` has what it said */
export function requireSetup({ exit_code, signal, timed_out }: WorkloadEnd, errorFile: string): void {
  if (exit_code === 0) return;
  const found = timed_out ? 'a time-out' : (signal ?? exit_code);
  const said = saidLast(errorFile);
  const shown = said.length > 0 ? said.join(' | ') : `see ${errorFile}`;
  const message = `workload.setup: expected exit code 0, got ${found}: ${shown}`;
  if (saysFull(said)) throw new DiskFullError(`${message} (give it a larger storage.size)`);
  throw new UsageError(message);
}

/**
 * Runs a scenario's command through /bin/sh. Ends when the command has ended, its time is up or the signal
 * fires; then nothing of it is left running.
 */
export async function runWorkload(options: {
  command: string;
  /** strace(1) with its options, to run the command under. */
  tracer?: readonly string[];
  folder: string;
  env: Record<string, string>;
  /** Unique among the runs of this machine. */
  id: string;
  timeoutMs: number;
  stdout: number | 'pipe';
  /** Its standard output is a terminal, and what it prints goes to `stdout` before. Tracers must not have a filter then. */
  terminal?: boolean;
  stderr: number;
  onStdout?: (data: Buffer) => void;
  /** It is killed when this fires. */
  kill?: AbortSignal | undefined;
  /** The same, and the run is over. */
  signal?: AbortSignal | undefined;
}): Promise<WorkloadEnd> {
  // A signal that fired already is never heard of again.
  options.signal?.throwIfAborted();
  const started = performance.now();
  const relay = typeof options.stdout === 'number' ? options.stdout : null;
  const terminal = options.terminal
    ? new Terminal(relay, relay === null ? options.onStdout : undefined)
    : null;
  const waits = terminal !== null && relay !== null;
  const [program, ...words] = [
    ...heldMounts(),
    ...(waits ? noticed : []),
    ...guarded(),
    ...(options.tracer ?? []),
    ...['/bin/sh', '-c', options.command],
  ];
  const env = { ...process.env, ...options.env, [workloadMark]: options.id };
  const child: ChildProcess = spawn(program!, words, {
    cwd: options.folder,
    env: waits ? noticedEnvironment(env) : env,
    stdio: ['ignore', terminal?.fd ?? options.stdout, options.stderr, waits ? 'pipe' : 'ignore', 'pipe'],
    detached: true,
  });
  const mounts = HeldMounts.of(child);
  terminal?.handedOver();
  if (terminal && waits) takeListener(child, (listener) => terminal.attend(listener));
  if (options.onStdout) child.stdout?.on('data', options.onStdout);
  let timedOut = false;
  const ending = new Ending(() => void killMarked(workloadMark, options.id));
  const endLimit = whenOver(options.timeoutMs, () => {
    timedOut = true;
    ending.begin();
  });
  const strikes = [options.signal, options.kill].filter((signal) => signal !== undefined);
  for (const signal of strikes) signal.addEventListener('abort', ending.begin, { once: true });
  if (options.kill?.aborted) ending.begin();
  try {
    const end = await new Promise<Pick<WorkloadEnd, 'exit_code' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ exit_code: code, signal }));
    });
    ending.over();
    const duration = performance.now() - started;
    if (options.tracer) await endTraced(options.id, mounts);
    killMarked(workloadMark, options.id);
    mounts.killAll();
    if (child.stdout && !child.stdout.readableEnded) {
      await new Promise((resolve) => child.stdout!.once('close', resolve));
    }
    const lack = await terminal?.end();
    if (lack) throw new CannotTellError(`workload.terminal: ${lack}`);
    return { ...end, timed_out: timedOut, duration_ms: Math.round(duration) };
  } finally {
    mounts.release();
    ending.over();
    endLimit();
    for (const signal of strikes) signal.removeEventListener('abort', ending.begin);
  }
}

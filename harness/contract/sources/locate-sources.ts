import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readDirectoryTree } from '../../model/directory-tree.js';
import type { History } from '../../model/history.js';
import { OutputBytes } from '../../model/output-bytes.js';
import { replay } from '../../model/replay.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { workloadCommand } from '../../server/programs.js';
import type { Call } from '../../syscalls/call.js';
import type { InjectedError } from '../../syscalls/strace-command.js';
import { readTraceLog } from '../../syscalls/trace-log.js';
import { runTraced } from '../tracing/traced-run.js';
import { LoopTurns } from './loop-turns.js';
import { markedPlaces } from './marked-places.js';
import { hookEnvironment } from './source-hooks.js';
import { KnownSourceLines, nativePlaces, noSourceLines, type SourceLines } from './source-lines.js';

export interface LocateOptions {
  /** The judged run. */
  history: History;
  scenario: Scenario;
  /** The program's directory, prepared as before the first run. */
  rootPath: string;
  /** Prepares it once more. */
  prepareAgain: () => Promise<unknown>;
  env: NodeJS.ProcessEnv;
  workDir: string;
  inject: InjectedError[];
  /** What is left of the time that the user set. */
  timeMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Runs the program a second time to learn from which source line each call comes: Python and Node programs with a
 * hook in the interpreter, compiled ones with `strace -k`. Calls of the two runs are paired by what they do and in
 * which turn, so a program that runs differently each time gets lines for what both runs share.
 */
export async function locateSources(options: LocateOptions): Promise<SourceLines> {
  const until = performance.now() + (options.timeMs ?? Number.POSITIVE_INFINITY);
  const leftMs = (): number => Math.min(longestMs, until - performance.now());
  if (leftMs() < leastMs) return noSourceLines;
  const hooked = await secondRun(options, { stacks: false, longestMs: leftMs() });
  const places = markedPlaces(hooked.calls);
  if (places.size > 0)
    return new KnownSourceLines(pairs(options.history, hooked.history, (call) => places.get(call) ?? []));
  if (leftMs() < leastMs) return noSourceLines;
  await options.prepareAgain();
  const native = await secondRun(options, { stacks: true, longestMs: leftMs() });
  const found = [...pairs(options.history, native.history, (call) => nativePlaces(call.stack))];
  const { run } = options.scenario.workload;
  const isShell = isShellScript(run);
  return new KnownSourceLines(found, isShell, isShell || isSeveral(run));
}

/** Whether a command line is more than one command. */
function isSeveral(command: string): boolean {
  return /[;&|\n]/.test(command.replaceAll(/'[^']*'|"[^"]*"/g, '').trim());
}

/** Whether a command is a shell with a script, or a script whose first line names one. */
function isShellScript(command: string): boolean {
  const [program = '', script] = command.trim().split(/\s+/);
  const shell = /^(?:.*\/)?(?:sh|bash|dash|ksh|zsh)$/;
  if (shell.test(program)) return script !== undefined;
  try {
    const [first = ''] = readFileSync(program, 'latin1').split('\n', 1);
    const [interpreter = '', argument = ''] = first.replace(/^#!\s*/, '').split(/\s+/);
    return first.startsWith('#!') && (shell.test(interpreter) || shell.test(argument));
  } catch {
    return false;
  }
}

/** Lines are a help, not a verdict: a program that takes longer under this much tracing is left without the rest. */
const longestMs = 15_000;
/** In less no program shows anything. */
const leastMs = 200;

async function secondRun(
  { scenario, rootPath, env, workDir, inject, signal }: LocateOptions,
  { stacks, longestMs }: { stacks: boolean; longestMs: number },
): Promise<{ calls: Call[]; history: History }> {
  const initial = readDirectoryTree(rootPath);
  const logFile = join(workDir, 'contract-sources.log');
  const hooks = join(workDir, 'contract-hooks');
  try {
    await runTraced({
      command: workloadCommand(scenario),
      directory: rootPath,
      env: stacks ? env : hookEnvironment(hooks, env),
      timeoutMs: Math.min(scenario.workload.timeout * 2, longestMs),
      trace: { logFile, stacks, inject },
      signal,
    });
    const { calls } = readTraceLog(logFile, new OutputBytes({ rootPath, said: null, ackSocket: null }));
    return { calls, history: replay(calls, { rootPath, initial, acks: { stdout: null, socket: null } }) };
  } finally {
    rmSync(hooks, { recursive: true, force: true });
    rmSync(logFile, { force: true });
  }
}

/** Pairs equal steps of two runs, the first with the first, and so on; numbers may differ. */
function* pairs(
  first: History,
  second: History,
  placesOf: (call: Call) => readonly string[],
): Generator<readonly [Call, readonly string[]]> {
  const places = new Map<string, (readonly string[])[]>();
  const ofSecond = new LoopTurns(second);
  for (const { title, call } of second.steps) {
    if (title === '') continue;
    const key = ofSecond.strip(title);
    const list = places.get(key);
    // Also where nothing is known: the next one's turn is not this one's.
    if (list) list.push(placesOf(call));
    else places.set(key, [placesOf(call)]);
  }
  const turn = new Map<string, number>();
  const ofFirst = new LoopTurns(first);
  for (const { title, call } of first.steps) {
    const key = ofFirst.strip(title);
    const list = places.get(key);
    if (!list) continue;
    const index = turn.get(key) ?? 0;
    turn.set(key, index + 1);
    yield [call, list[Math.min(index, list.length - 1)]!];
  }
}

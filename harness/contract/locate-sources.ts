import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readDirectoryTree } from '../model/directory-tree.js';
import type { History } from '../model/history.js';
import { replay } from '../model/replay.js';
import type { Scenario } from '../scenario/schema.js';
import { workloadCommand } from '../server/programs.js';
import type { Call } from '../syscalls/call.js';
import type { InjectedError } from '../syscalls/strace-command.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import { LoopTurns } from './loop-turns.js';
import { hookEnvironment, type SourceMarker, sourceMarker } from './source-hooks.js';
import { KnownSourceLines, nativePlace, noSourceLines, type SourceLines } from './source-lines.js';
import { runTraced } from './traced-run.js';

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
  signal?: AbortSignal | undefined;
}

/**
 * Runs the program a second time to learn from which source line each call comes: Python and Node programs with a
 * hook in the interpreter, compiled ones with `strace -k`. Calls of the two runs are paired by what they do and in
 * which turn, so a program that runs differently each time gets lines for what both runs share.
 */
export async function locateSources(options: LocateOptions): Promise<SourceLines> {
  const hooked = await secondRun(options, { stacks: false });
  const marked = markedPlaces(hooked.calls);
  const places = marked.size > 0 ? marked : null;
  if (places)
    return new KnownSourceLines(pairs(options.history, hooked.history, (call) => places.get(call) ?? null));
  await options.prepareAgain();
  const native = await secondRun(options, { stacks: true });
  const found = [...pairs(options.history, native.history, (call) => nativePlace(call.stack))];
  return found.length > 0 ? new KnownSourceLines(found) : noSourceLines;
}

/** Lines are a help, not a verdict: a program that takes longer under this much tracing is left without the rest. */
const longestMs = 15_000;

async function secondRun(
  { scenario, rootPath, env, workDir, inject, signal }: LocateOptions,
  { stacks }: { stacks: boolean },
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
    const { calls } = readTraceLog(logFile);
    return { calls, history: replay(calls, { rootPath, initial, acks: { stdout: null, socket: null } }) };
  } finally {
    rmSync(hooks, { recursive: true, force: true });
    rmSync(logFile, { force: true });
  }
}

/** For each call, the place its thread's last fitting marker named; a thread without markers has its creator's. */
function markedPlaces(calls: readonly Call[]): Map<Call, string> {
  const markers = new Map<number, SourceMarker[]>();
  const creator = new Map<number, number>();
  const places = new Map<Call, string>();
  for (const call of calls) {
    const { operation, result } = call;
    if (operation.op === 'fork' && operation.sharesFiles && result.kind === 'value')
      creator.set(result.value, call.pid);
  }
  for (const call of [...calls].sort((a, b) => a.enter - b.enter)) {
    const marker = sourceMarker(call);
    if (marker) {
      const list = markers.get(call.pid) ?? [];
      markers.set(call.pid, [...list.slice(-15), marker]);
      continue;
    }
    let pid: number | undefined = call.pid;
    for (let depth = 0; depth < 8 && pid !== undefined && !markers.has(pid); depth++) pid = creator.get(pid);
    const own = pid === undefined ? undefined : markers.get(pid);
    if (!own) continue;
    const fits = fitting[call.operation.op];
    const found =
      (fits && pid !== call.pid && own.findLast(({ functionName }) => fits.test(functionName))) ||
      own.at(-1)!;
    places.set(call, found.place);
  }
  return places;
}

/** Library functions that make a system call, for calls that a worker thread makes later. */
const fitting: Partial<Record<Call['operation']['op'], RegExp>> = {
  open: /open|write|append|copy|cp|mkdtemp/i,
  write: /write|append|copy|cp|end/i,
  truncate: /truncate/i,
  rename: /rename/i,
  link: /^link/i,
  symlink: /symlink/i,
  unlink: /unlink|^rm/i,
  mkdir: /mkdir|cp/i,
  sync: /sync/i,
  copy: /copy|cp/i,
};

/** Pairs equal steps of two runs, the first with the first, and so on; numbers may differ. */
function* pairs(
  first: History,
  second: History,
  placeOf: (call: Call) => string | null,
): Generator<readonly [Call, string]> {
  const places = new Map<string, string[]>();
  const ofSecond = new LoopTurns(second);
  for (const { title, call } of second.steps) {
    const place = title === '' ? null : placeOf(call);
    if (place === null) continue;
    const key = ofSecond.strip(title);
    places.set(key, [...(places.get(key) ?? []), place]);
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

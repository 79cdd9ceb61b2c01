import { execa } from 'execa';

export interface ProgramEnd {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  env?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** Called with each line of standard output and standard error. */
  onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a program of ours in a process group of its own, so that Ctrl-C reaches it once, from here, and it has
 * time to clean up.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { env = {}, signal, onLine }: ProgramOptions,
): Promise<ProgramEnd> {
  const child = execa(command, args, {
    env,
    detached: true,
    reject: false,
    all: true,
  });
  // The whole group: of what a shell has started nobody else would tell the programs.
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(child.pid, 'SIGTERM');
    killing = setTimeout(signalGroup, 15_000, child.pid, 'SIGKILL');
  };
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  if (onLine) for await (const line of child.iterable({ from: 'all' })) onLine(line);
  const { exitCode, stdout, stderr } = await child;
  signal?.removeEventListener('abort', end);
  clearTimeout(killing);
  signal?.throwIfAborted();
  return { exitCode, stdout, stderr };
}

function signalGroup(pid: number | undefined, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // All of them have ended.
  }
}

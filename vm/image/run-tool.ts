import { ExecaError, execa, type Options } from 'execa';
import { findCommand } from '../../harness/doctor/find-command.js';
import { UnavailableError } from '../../harness/verdict/errors.js';

export interface ToolOptions {
  /** Ends the tool, and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
  /** What it reads on its standard input; nothing by default. */
  stdinFile?: string;
  /** A further tool that reads the first one's output; the answer is then its output. */
  into?: [command: string, args: readonly string[]];
}

/** A tool that ended with an error; `stderr` is what it said. */
export class ToolError extends Error {
  constructor(
    command: string,
    readonly stderr: string,
    readonly exitCode: number | undefined,
    options: ErrorOptions,
  ) {
    super(`${command} failed: ${lastLines(stderr) || (options.cause as Error).message}`, options);
    this.name = 'ToolError';
  }
}

/**
 * Runs a program of the machine and returns its standard output. It ends with plugpull, even when plugpull is
 * killed, so that no half-built image goes on being written behind the next build.
 * @throws ToolError; UnavailableError when the disk is full
 */
export async function runTool(
  command: string,
  args: readonly string[],
  { signal, cwd, env, stdinFile, into }: ToolOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const options = {
    stdin: stdinFile === undefined ? 'ignore' : { file: stdinFile },
    extendEnv: true,
    // SOURCE_DATE_EPOCH: images have one time of their own, and mksquashfs refuses to be told twice.
    env: { LC_ALL: 'C', SOURCE_DATE_EPOCH: undefined, ...env },
    stripFinalNewline: false,
    maxBuffer: 64 * 2 ** 20,
    ...(cwd !== undefined && { cwd }),
    ...(signal && { cancelSignal: signal }),
  } satisfies Options;
  try {
    if (!into) return (await execa('setpriv', bound(command, args), options)).stdout;
    const source = execa('setpriv', bound(command, args), { ...options, buffer: { stdout: false } });
    const { stdout } = await source.pipe('setpriv', bound(into[0], into[1]), { ...options, stdin: 'pipe' });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    const stderr = String(error.stderr ?? '');
    if (/No space left on device|Disk quota exceeded|ENOSPC/i.test(`${stderr}${error.message}`)) {
      throw new UnavailableError(
        `${command}: the disk is full; make room, or name another folder with XDG_CACHE_HOME=DIR`,
        { cause: error },
      );
    }
    throw new ToolError(command, stderr, error.exitCode, { cause: error });
  }
}

function bound(command: string, args: readonly string[]): string[] {
  const path = command.includes('/') ? command : (findCommand(command) ?? command);
  return ['--pdeathsig', 'KILL', '--', path, ...args];
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n');
}

/**
 * Puts a crash state in front of a person without root: mounted in User-mode Linux, where their command runs. What it
 * prints is passed on as it comes, and it has no standard input; or it is on their terminal, which the guest has as its
 * first serial line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandSight, cutAt } from '../../../harness/inspect/command-sight.js';
import { writeCrashImage } from '../../../harness/inspect/crash-image-file.js';
import type { FoundState } from '../../../harness/inspect/kept-state.js';
import type { RunSpace } from '../../../harness/state/run-space.js';
import { readManifest } from '../../../harness/trace/manifest.js';
import { openTrace } from '../../../harness/trace/trace.js';
import { PlugpullError } from '../../../harness/verdict/errors.js';
import { exitCode } from '../../../harness/verdict/exit-code.js';
import type { UmlKernel } from '../../image/uml-kernel.js';
import { guestEnd } from '../../machine/guest-end.js';
import { memoryFolder } from '../../uml/memory-folder.js';
import { umlCommand } from '../../uml/uml-command.js';
import { hiddenFolders } from './hidden-folders.js';
import { PersonsTerminal } from './persons-terminal.js';
import { type ShowEnd, type ShowJob, showFiles } from './show-job.js';

const memoryMib = 256;
const lookEveryMs = 30;
const channelFd = 3;

export interface ShowOptions {
  state: FoundState;
  kernel: UmlKernel;
  /** Where the guest mounts it, absolute. */
  at: string;
  command: string;
  /** The command is on the terminal of this process; `onMade` comes before it has it. */
  terminal: { onMade(cut: ReturnType<typeof cutAt>, where: string): void } | null;
  space: RunSpace;
  signal: AbortSignal;
}

/** @throws PlugpullError (exit code 2) when the guest does not live to the command's end, with what its console said last */
export async function showInUml(options: ShowOptions): Promise<Exclude<ShowEnd, { fault: string }>> {
  const { kernel, space, signal } = options;
  const folder = space.newFolder('shown');
  const image = space.path('crash.img');
  const cut = await makeImage(options.state, image);
  writeFileSync(join(folder, showFiles.job), JSON.stringify(writeState(options, cut, folder)));
  for (const name of [showFiles.output, showFiles.errors]) writeFileSync(join(folder, name), '');
  const consoleLog = join(folder, 'console.log');
  space.note({ kind: 'process', what: kernel.program });
  const child = start(options, { folder, image, consoleLog });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, by) => resolve(`${by ?? `exit code ${code}`}`));
  });
  let how: string | null = null;
  void ended.then((what) => {
    how = what;
  });
  const streams = [
    new Followed(join(folder, showFiles.output), process.stdout),
    new Followed(join(folder, showFiles.errors), process.stderr),
  ];
  options.terminal?.onMade(cut, options.at);
  const terminal = options.terminal ? new PersonsTerminal(child.stdio[channelFd] as Socket) : null;
  const endFile = join(folder, showFiles.end);
  try {
    while (how === null && !existsSync(endFile) && !signal.aborted && !terminal?.isLeft) {
      await sleep(lookEveryMs);
      for (const stream of streams) stream.passOn();
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
    await terminal?.close();
  }
  for (const stream of streams) stream.close();
  signal.throwIfAborted();
  if (!existsSync(endFile)) {
    if (terminal?.isLeft) return { exitCode: 0 };
    const what = `the guest that showed the crash state ended (${how})`;
    throw new PlugpullError(guestEnd(what, consoleLog, 'ended').text, exitCode.unknown);
  }
  const end = JSON.parse(readFileSync(endFile, 'utf8')) as ShowEnd;
  if ('fault' in end) throw new Error(end.fault);
  return end;
}

async function makeImage(state: FoundState, image: string): Promise<ReturnType<typeof cutAt>> {
  const trace = openTrace(state.traceFolder);
  try {
    return cutAt(trace, await writeCrashImage({ trace, point: state.point, lost: state.lost, path: image }));
  } finally {
    trace.close();
  }
}

/** Writes the file that PLUGPULL_STATE will name; what the guest is to do. */
function writeState(options: ShowOptions, cut: ReturnType<typeof cutAt>, folder: string): ShowJob {
  const { state, at, command, space } = options;
  const manifest = readManifest(state.traceFolder);
  const { scenario, storage, workloads, scenario_folder } = manifest;
  const stateFile = join(folder, showFiles.state);
  const sight = commandSight(manifest, cut, { directory: at, stateFile });
  writeFileSync(stateFile, JSON.stringify(sight.state));
  const { columns = 80, rows = 24 } = process.stdout;
  return {
    storage: scenario.storage[storage]!,
    at,
    command,
    environment: {
      ...(process.env as Record<string, string>),
      ...space.environment,
      ...sight.environment,
    },
    folders: hiddenFolders([workloads, scenario_folder, process.cwd()]),
    terminal: options.terminal ? { columns, rows } : null,
  };
}

function start(
  { kernel, space, terminal }: ShowOptions,
  { folder, image, consoleLog }: { folder: string; image: string; consoleLog: string },
): ChildProcess {
  const program = fileURLToPath(new URL('./shown-state-process.js', import.meta.url));
  const [first, ...words] = umlCommand({
    kernel,
    memoryMib,
    disks: [{ kind: 'file', path: image, readOnly: false, serial: 'crash-state' }],
    folder,
    root: ['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${process.execPath}`, 'oops=panic'],
    ...(terminal ? { channelFd } : {}),
    words: [program, kernel.modules, folder],
  });
  const log = openSync(consoleLog, 'w');
  try {
    return spawn(first!, words, {
      cwd: kernel.folder,
      env: { ...process.env, ...space.environment, TMPDIR: memoryFolder(memoryMib, folder) },
      stdio: ['ignore', log, log, ...(terminal ? (['pipe'] as const) : [])],
      // Ctrl-C of a shell's is for what runs in it.
      detached: terminal !== null,
    });
  } finally {
    closeSync(log);
  }
}

/** A file that grows, passed on as far as it has come. */
class Followed {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(64 * 1024);
  #at = 0;

  constructor(
    path: string,
    private readonly to: NodeJS.WritableStream,
  ) {
    this.#fd = openSync(path, 'r');
  }

  passOn(): void {
    for (;;) {
      const count = readSync(this.#fd, this.#chunk, 0, this.#chunk.length, this.#at);
      if (count === 0) return;
      this.#at += count;
      this.to.write(Buffer.from(this.#chunk.subarray(0, count)));
    }
  }

  close(): void {
    this.passOn();
    closeSync(this.#fd);
  }
}

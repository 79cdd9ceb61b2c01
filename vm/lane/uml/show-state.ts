/**
 * Puts a crash state in front of a person without root: mounted in User-mode Linux, where their command runs. What it
 * prints is passed on as it comes; it has no standard input.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from '../../../harness/capture/environment.js';
import { writeCrashImage } from '../../../harness/inspect/crash-image-file.js';
import type { FoundState } from '../../../harness/inspect/kept-state.js';
import type { RunSpace } from '../../../harness/state/run-space.js';
import { openTrace } from '../../../harness/trace/trace.js';
import { CannotTellError } from '../../../harness/verdict/errors.js';
import type { UmlKernel } from '../../image/uml-kernel.js';
import { withConsole } from '../../machine/console.js';
import { memoryFolder } from '../../uml/memory-folder.js';
import { umlCommand } from '../../uml/uml-command.js';
import { hiddenFolders } from './hidden-folders.js';
import { type ShowEnd, type ShowJob, showFiles } from './show-job.js';

const memoryMib = 256;
const lookEveryMs = 30;

export interface ShowOptions {
  state: FoundState;
  kernel: UmlKernel;
  command: string;
  space: RunSpace;
  signal: AbortSignal;
}

/** @throws CannotTellError when the guest does not live to the command's end, with what its console said last */
export async function showInUml(options: ShowOptions): Promise<Exclude<ShowEnd, { fault: string }>> {
  const { state, kernel, command, space, signal } = options;
  const folder = space.newFolder('shown');
  const image = space.path('crash.img');
  const trace = openTrace(state.traceFolder);
  const { scenario, storage, workloads, scenario_folder } = trace.manifest;
  try {
    await writeCrashImage({ trace, point: state.point, lost: state.lost, path: image });
  } finally {
    trace.close();
  }
  const program = fileURLToPath(new URL('./shown-state-process.js', import.meta.url));
  const job: ShowJob = {
    storage: scenario.storage[storage]!,
    command,
    environment: {
      ...(process.env as Record<string, string>),
      ...programEnvironment(workloads, scenario_folder),
      ...space.environment,
    },
    folders: hiddenFolders([workloads, scenario_folder, process.cwd()]),
  };
  writeFileSync(join(folder, showFiles.job), JSON.stringify(job));
  for (const name of [showFiles.output, showFiles.errors]) writeFileSync(join(folder, name), '');
  const consoleLog = join(folder, 'console.log');
  const log = openSync(consoleLog, 'w');
  space.note({ kind: 'process', what: kernel.program });
  const [first, ...words] = umlCommand({
    kernel,
    memoryMib,
    disks: [{ kind: 'file', path: image, readOnly: false, serial: 'crash-state' }],
    folder,
    root: ['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${process.execPath}`, 'oops=panic'],
    words: [program, kernel.modules, folder],
  });
  const child = spawn(first!, words, {
    cwd: kernel.folder,
    env: { ...process.env, ...space.environment, TMPDIR: memoryFolder(memoryMib, folder) },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
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
  const endFile = join(folder, showFiles.end);
  try {
    while (how === null && !existsSync(endFile) && !signal.aborted) {
      await sleep(lookEveryMs);
      for (const stream of streams) stream.passOn();
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  for (const stream of streams) stream.close();
  signal.throwIfAborted();
  if (!existsSync(endFile)) {
    throw new CannotTellError(
      withConsole(`the guest that showed the crash state ended (${how})`, consoleLog),
    );
  }
  const end = JSON.parse(readFileSync(endFile, 'utf8')) as ShowEnd;
  if ('fault' in end) throw new Error(end.fault);
  return end;
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

import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { crashPointText } from '../../../reports/words/crash-point.js';
import { visible } from '../../../reports/words/visible.js';
import { umlKernel, umlKernelLabel } from '../../../vm/image/uml-kernel.js';
import { showInUml } from '../../../vm/lane/uml/show-state.js';
import { commandSight } from '../../inspect/command-sight.js';
import { writeCrashImage } from '../../inspect/crash-image-file.js';
import { type FoundState, findState } from '../../inspect/kept-state.js';
import { DoesNotMountError, type MountedState, mountState } from '../../inspect/mounted-state.js';
import { canRecoverOnHost, requireOwnLayers } from '../../run/planning/recoverer.js';
import { requireHost } from '../../run/planning/require-host.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { withRunSpace } from '../../state/with-run-space.js';
import { readManifest } from '../../trace/manifest.js';
import { openTrace } from '../../trace/trace.js';
import { PlugpullError, UsageError } from '../../verdict/errors.js';
import { exitCode } from '../../verdict/exit-code.js';
import type { CrashPointSummary } from '../../verdict/finding.js';
import { called } from '../called-as.js';
import { emptyFolder } from '../empty-folder.js';
import { interruptible } from '../interrupt.js';
import { runFolderOf } from '../run-argument.js';

interface MountArguments {
  run: string;
  finding: string;
  at?: string;
  command?: string;
  image?: string;
  recover?: string;
}

/** Where guests mount it. */
const defaultAt = '/mnt/plugpull';

export const mountCommand: CommandModule<object, MountArguments> = {
  command: 'mount <run> <finding>',
  describe: 'Put the crash state of a finding in front of you, on a copy',
  builder: (yargs) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'folder of a run, in the results folder',
      })
      .positional('finding', { type: 'string', demandOption: true, describe: 'id of a finding, such as F1' })
      .options({
        at: {
          type: 'string',
          describe:
            'empty folder to mount it at, one of its own without it; Ctrl-C takes it away again. In User-mode Linux: where a shell or --command finds it',
        },
        command: {
          type: 'string',
          describe: 'run this in the mounted folder and take it away afterwards; its exit code is passed on',
        },
        recover: {
          type: 'string',
          choices: ['auto', 'host', 'uml'],
          default: 'auto',
          describe:
            "whose kernel mounts it: the machine's, or User-mode Linux, which needs no root and gives a shell there; auto: the one that recovered it",
        },
        image: {
          type: 'string',
          describe: 'only write the disk image, before any recovery, to this new file',
        },
      })
      .example('$0 mount plugpull-results/latest/save--ext4 F1', 'look around in another terminal')
      .example("$0 mount plugpull-results/latest/save--ext4 F1 --command 'ls -la'", 'look and go')
      .example('$0 mount plugpull-results/latest/save--ext4 F1 --recover uml', 'a shell in it; needs no root')
      .example(
        '$0 mount plugpull-results/latest/save--ext4 F1 --image crash.img',
        'for fsck, debugfs and the like; needs no root',
      ) as unknown as Argv<MountArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: MountArguments): Promise<number> {
  const { finding, at, command, image, recover = 'auto' } = args;
  const runFolder = runFolderOf('mount', args.run);
  if (image !== undefined && (at !== undefined || command !== undefined)) {
    throw new UsageError(
      'mount: --image writes the image instead of mounting it; leave --at and --command out',
    );
  }
  const state = findState(runFolder, finding);
  if (image !== undefined) return writeImage(state, image);
  const { scenario, storage } = readManifest(state.traceFolder);
  const { fs, layers } = scenario.storage[storage]!;
  const canHere = canRecoverOnHost({ fs, layers });
  if (recover === 'uml' || (recover === 'auto' && (state.recoveredByUml || !canHere)))
    return showWithoutRoot(state, fs, { command, at });
  if (at === undefined && command === undefined && process.stdin.isTTY !== true) {
    throw new UsageError(
      'mount: expected --at DIR, --command COMMAND or --image FILE, or a terminal to wait at until Ctrl-C; got none of them',
    );
  }
  const folder = at === undefined ? null : emptyFolder('at', at, { mustExist: true });
  requireOwnLayers({ layers });
  requireHost([fs], []);
  const imageCommand = `${called()} mount ${shellQuote(runFolder)} ${finding} --image crash.img`;
  try {
    return await show(state, folder, command);
  } catch (error) {
    if (!(error instanceof DoesNotMountError)) throw error;
    throw new PlugpullError(
      `${error.message}; look at the disk itself with: ${imageCommand}`,
      error.exitCode,
      {
        cause: error,
      },
    );
  }
}

/** In a guest: a command, or a person's shell. */
async function showWithoutRoot(
  state: FoundState,
  fs: string,
  { command, at }: { command: string | undefined; at: string | undefined },
): Promise<number> {
  const hasTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (command === undefined && !hasTerminal) {
    throw new UsageError(
      'mount: in User-mode Linux: expected --command COMMAND, or a terminal for a shell where the crash state is mounted',
    );
  }
  const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);
  const end = await interruptible((signal) =>
    withRunSpace(async (space) => {
      const kernel = await umlKernel('uml', { signal });
      const label = umlKernelLabel(kernel);
      process.stderr.write(`recovered by ${label}, on a copy\n`);
      const options = { state, kernel, at: resolve(at ?? defaultAt), space, signal };
      if (command !== undefined) return showInUml({ ...options, command, terminal: null });
      return showInUml({
        ...options,
        command: shellQuote(process.env.SHELL ?? '/bin/sh'),
        terminal: {
          onMade: (cut, where) => {
            process.stderr.write(lines(state, cut.crashPoint, `${where} in a guest of its own (${label})`));
            process.stderr.write('Leave the shell and it is gone; Ctrl-] ends the guest at once.\n');
          },
        },
      });
    }, warn),
  );
  if (end === 'interrupted') return exitCode.interrupted;
  if ('exitCode' in end) return end.exitCode;
  throw new DoesNotMountError(fs, end.doesNotMount);
}

async function writeImage(state: FoundState, path: string): Promise<number> {
  const file = resolve(path);
  if (existsSync(file)) throw new UsageError(`--image ${path}: expected a new file, found one that is there`);
  const trace = openTrace(state.traceFolder);
  try {
    await writeCrashImage({ trace, point: state.point, lost: state.lost, path: file });
  } finally {
    trace.close();
  }
  process.stdout.write(`${file}: the disk after the power cut, before any recovery\n`);
  return exitCode.pass;
}

async function show(state: FoundState, at: string | null, command: string | undefined): Promise<number> {
  const signals = new Signals();
  const warn = (text: string): void => void process.stderr.write(`warning: ${visible(text)}\n`);
  try {
    return await withRunSpace(async (space) => {
      const mounted = await mountState(state, at ?? space.newFolder('root'), space);
      const where = `${mounted.at}: ${withOptions(mounted)} on ${mounted.device}`;
      process.stderr.write(lines(state, mounted.crashPoint, where));
      let code: number = exitCode.pass;
      if (command !== undefined) {
        code = await runCommand(command, {
          mounted,
          state,
          mark: space.environment,
          stateFile: space.path('state.json'),
          signals,
        });
      } else {
        process.stderr.write('Ctrl-C takes it away again.\n');
        await signals.first;
      }
      if (!(await mounted.unmount())) {
        warn(`${mounted.at} is still in use: it disappears when its last user leaves`);
      }
      return code;
    }, warn);
  } finally {
    signals.release();
  }
}

/** @param where in words, with what recovered it */
function lines(state: FoundState, crashPoint: CrashPointSummary, where: string): string {
  const { finding, lost } = state;
  const writes = lost.length === 1 ? 'one write' : `${lost.length} writes`;
  return [
    ...(finding ? [`${finding.id} ${finding.property}`, `  promised: ${finding.promise}`] : []),
    ...(finding?.lost ?? []).map((line) => `  ${line}`),
    `  power cut ${crashPointText(crashPoint)}${lost.length > 0 ? `; ${writes} lost that had been sent` : ''}`,
    `${where}, recovered from that power cut. It is a copy: change what you like.`,
  ]
    .map((line) => `${visible(line)}\n`)
    .join('');
}

function withOptions({ fs, options }: { fs: string; options: readonly string[] }): string {
  return options.length > 0 ? `${fs} with ${options.join(',')}` : fs;
}

/**
 * Runs a command in the mounted folder, on the terminal of this process, with what a checker finds in a run: its
 * variables, and the state file. Returns its exit code as a shell would.
 */
async function runCommand(
  command: string,
  options: {
    mounted: MountedState;
    state: FoundState;
    mark: Record<string, string>;
    /** For what PLUGPULL_STATE names. */
    stateFile: string;
    signals: Signals;
  },
): Promise<number> {
  const { mounted, state, mark, stateFile, signals } = options;
  const sight = commandSight(readManifest(state.traceFolder), mounted, { directory: mounted.at, stateFile });
  writeFileSync(stateFile, JSON.stringify(sight.state));
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: mounted.at,
    env: { ...process.env, ...mark, ...sight.environment },
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both of us: the command decides what it means, as with system(3).
  const bothHear = process.stdin.isTTY === true;
  signals.passOn((signal) => !(bothHear && signal === 'SIGINT') && child.kill(signal));
  return new Promise((end, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => end(code ?? 128 + constants.signals[signal!]));
  });
}

/** Ctrl-C and its like while something is mounted: never the end of the process before it is unmounted. */
class Signals {
  static readonly #names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  readonly first: Promise<void>;
  #receive: (signal: NodeJS.Signals) => void = () => {};
  readonly #listener = (signal: NodeJS.Signals): void => this.#receive(signal);
  /** Waiting for a signal alone does not keep Node.js running. */
  readonly #alive = setInterval(() => {}, 60_000);

  constructor() {
    this.first = new Promise((resolve) => {
      this.#receive = () => resolve();
    });
    for (const name of Signals.#names) process.on(name, this.#listener);
  }

  passOn(receive: (signal: NodeJS.Signals) => void): void {
    this.#receive = receive;
  }

  release(): void {
    clearInterval(this.#alive);
    for (const name of Signals.#names) process.off(name, this.#listener);
  }
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { mountsBelow } from '../../harness/state/mounts.js';
import { processesMarked } from '../../harness/state/processes.js';
import { knownRuns, runMark } from '../../harness/state/run-space.js';
import type { Results } from '../../harness/verdict/results.js';
import { inStateOf, newBench, removeBench, stateOf } from '../runner/benches.js';
import { withParent } from '../runner/with-parent.js';

/** The checkout: tests run from dist/test/e2e. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const program = join(checkout, 'dist/harness/cli/main.js');

/**
 * Makes a recording, with what was found in it, again where the kernel did not let it alone: what it commits or writes back in
 * between, for somebody's sync(2) or because the machine stood still for seconds, is lost in no crash state. For tests of
 * what can be lost, and how that is told, on a kernel that others use, too.
 *
 * @param isWhole whether all is lost that can be, however it is told
 * @returns the first that is whole, or the last
 */
export async function letAlone<T>(
  make: () => Promise<T>,
  isWhole: (made: T) => boolean,
  tries = 6,
): Promise<T> {
  const made = await make();
  return tries <= 1 || isWhole(made) ? made : letAlone(make, isWhole, tries - 1);
}

/** What a test of the whole program needs of the machine. */
export const hostNeed = { root: true, fuse: true, loop: true, fs: 'ext4', commands: ['nbdfuse'] };

/**
 * The cores are busy with other tests: a second lane of a short run recovers nothing sooner, and its processes take a fifth
 * of the run's processor time. What is about several lanes says how many.
 */
function oneLane(args: readonly string[]): string[] {
  const [command, ...others] = args;
  const takesLanes = command === 'run' || command === 'check';
  return takesLanes && !others.includes('--lanes') ? [command, '--lanes', '1', ...others] : [...args];
}

/** The command line; what runs when its test is killed ends in order, as after Ctrl-C. */
function started(args: readonly string[]): [string, string[]] {
  const [first, ...words] = [...withParent('TERM'), process.execPath, program, ...oneLane(args)];
  return [first!, words];
}

export interface Ended {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** A place of its own for one test: results and state folder, removed at its end together with what a kill left. */
export class Bench {
  readonly folder = newBench();
  readonly stateFolder = stateOf(this.folder);

  /** More variables for what it starts. */
  extraEnv: Record<string, string> = {};

  get env(): Record<string, string> {
    return { PLUGPULL_STATE_DIR: this.stateFolder, ...this.extraEnv };
  }

  /** Runs plugpull to its end. */
  async plugpull(args: string[], options: { timeoutMs?: number; cwd?: string } = {}): Promise<Ended> {
    const { exitCode, stdout, stderr } = await execa(...started(args), {
      cwd: options.cwd ?? checkout,
      env: this.env,
      reject: false,
      stdin: 'ignore',
      timeout: options.timeoutMs ?? 400_000,
      killSignal: 'SIGINT',
      forceKillAfterDelay: 20_000,
    });
    return { exitCode, stdout, stderr };
  }

  /** `plugpull run --json`, and the document it printed. */
  async run(
    args: string[],
    options: { timeoutMs?: number } = {},
  ): Promise<{ ended: Ended; results: Results }> {
    const ended = await this.plugpull(['run', '--json', '--out', join(this.folder, 'out'), ...args], options);
    if (!ended.stdout.startsWith('{'))
      throw new Error(`no document (exit ${ended.exitCode}): ${ended.stderr}`);
    return { ended, results: JSON.parse(ended.stdout) as Results };
  }

  /** Starts plugpull and leaves it to the test to end it. */
  start(args: string[]): { kill(signal: NodeJS.Signals): void; ended: Promise<Ended> } {
    const child = execa(...started(args), {
      cwd: checkout,
      env: this.env,
      reject: false,
      stdin: 'ignore',
      // However long it takes on a busy machine to end in order, nobody kills it for that.
      forceKillAfterDelay: false,
    });
    return {
      kill: (signal) => void child.kill(signal),
      ended: child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
    };
  }

  /** Everything that runs of this bench have left on the machine, in words. */
  leftovers(): string[] {
    return inStateOf(this.folder, () => {
      const left = mountsBelow(this.stateFolder).map((path) => `mount ${path}`);
      for (const run of knownRuns()) {
        left.push(`folder ${run}`);
        for (const pid of processesMarked(runMark, run)) left.push(`process ${pid}`);
      }
      return left;
    });
  }

  close(): void {
    removeBench(this.folder);
  }
}

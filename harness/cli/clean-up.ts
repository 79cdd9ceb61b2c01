import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { killAll, processesMarked } from '../state/processes.js';
import { ownRuns, runMark } from '../state/run-space.js';
import { UnavailableError } from '../verdict/errors.js';
import { called } from './called-as.js';
import { leave } from './leave.js';
import { sayError } from './say-error.js';

const program = new URL('./work/clean-thread.js', import.meta.url);

/** Removes what a command left because it could not end in order; a signal meanwhile leaves that to others. */
export async function cleanUp(): Promise<void> {
  const runs = ownRuns();
  if (runs.length === 0) return;
  process.stderr.write(
    `removing what it made; press Ctrl-C again to leave that to ${called()} doctor --clean\n`,
  );
  // At once: what still works for nobody would slow down who removes the rest.
  for (const run of runs) killAll(processesMarked(runMark, run));
  const thread = new Worker(program, { workerData: runs, trackUnmanagedFds: false });
  const [left] = (await once(thread, 'message')) as [string[]];
  if (left.length > 0)
    process.stderr.write(`could not remove: ${left.join('; ')}; try ${called()} doctor --clean\n`);
}

/**
 * Whoever read what this prints may have gone (`plugpull run ... | head -1`): the work is done all the same, and its outcome is
 * in the exit code and the results. A standard output that takes no more (a full disk) is told of; words that standard
 * error does not take are lost.
 */
export function bearLostReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    throw new UnavailableError(`standard output: expected to be written to, found ${message}`);
  });
}

/** An error that nobody waited for must not end as Node would have it, with the exit code of a violation and mounts left. */
export function catchStrayErrors(): void {
  let code: number | null = null;
  const end = (error: unknown): void => {
    // What follows from the first, and from ending it, is no news.
    if (code !== null) return;
    code = sayError(error);
    void cleanUp().finally(() => leave(code!));
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

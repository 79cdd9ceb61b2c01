import { exitCode } from '../verdict/exit-code.js';
import { leave } from './leave.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals closer together than this are one. */
const repeatMs = 1000;

/** Why a command ended early: Ctrl-C or a polite kill. */
class Interrupted extends Error {}

/**
 * Runs something that Ctrl-C ends in order: the first signal asks it to stop and clean up, a second one, whenever it comes,
 * ends the process at once (the next run, or `doctor --clean`, then cleans up).
 */
export async function interruptible<T>(
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'interrupted'> {
  const controller = new AbortController();
  let abortedAtMs = 0;
  const stop = (): void => {
    // timeout(1) and npm pass one Ctrl-C on twice: a repeat at once is no second wish.
    if (controller.signal.aborted && performance.now() - abortedAtMs < repeatMs) return;
    // Not process.exit, which waits for threads that may stand in the kernel.
    if (controller.signal.aborted) return void leave(exitCode.interrupted);
    abortedAtMs = performance.now();
    process.stderr.write('\nstopping; press Ctrl-C again to leave without cleaning up\n');
    controller.abort(new Interrupted('interrupted'));
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await action(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    if (!controller.signal.aborted) for (const signal of signals) process.off(signal, stop);
  }
}

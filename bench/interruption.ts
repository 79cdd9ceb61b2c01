/** Ctrl-C and polite kills end a benchmark or a campaign in order. */
import { exitCode } from '../harness/verdict/exit-code.js';

/** npm and timeout(1) pass a signal on to a process that had it already: one Ctrl-C arrives twice. */
const sameMs = 1000;

/** Runs something that the first signal asks to stop and clean up; a second one ends the process at once. */
export async function untilInterrupted<T>(
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'interrupted'> {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      process.stderr.write('\nstopping; press Ctrl-C again to leave without cleaning up\n');
      controller.abort(new Error('interrupted'));
    } else if (performance.now() - firstAt > sameMs) process.exit(exitCode.interrupted);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    return await action(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Has a command's work done in a thread of its own. Much of it waits in place (a log of a hundred thousand calls is judged, a
 * folder of as many files is read or removed), and a process whose only thread does so hears no signal; the first thread hears them.
 *
 * The thread is asked to stop and ends in order. One that does not hear of it, or hears nothing any more meanwhile, is ended
 * where it stands. What it made then is there yet: `cleanUp` removes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { SessionObserver } from '../../run/session.js';
import { errorSaid } from '../../verdict/said-error.js';
import type { Done, FromThread, Work } from './work.js';

const program = new URL('./work-thread.js', import.meta.url);

/** So long a thread may not listen before it is ended; one that ends in order says several times in it that it hears. */
const deafMs = 1000;
/** So long it may take to end in order; what it still has to remove is then removed by another one. */
const endingMs = 5000;

/** @throws what the work throws; the signal's reason where it was ended */
export async function inThread<Kind extends Work['kind']>(
  work: Work & { kind: Kind },
  { signal, observer }: { signal: AbortSignal; observer: SessionObserver },
): Promise<Done[Kind]> {
  signal.throwIfAborted();
  // Descriptors come from system calls of our own, too, and would be warned of.
  const thread = new Worker(program, { workerData: work, trackUnmanagedFds: false });
  const tell = observer as Record<string, ((...told: unknown[]) => void) | undefined>;
  let limit: NodeJS.Timeout | undefined;
  let stop = (): void => {};
  try {
    const said = await new Promise<FromThread | null>((resolve, reject) => {
      // One that stands in the kernel does not even end so.
      const giveUpAfter = (ms: number): void => {
        clearTimeout(limit);
        limit = setTimeout(() => resolve(null), ms);
      };
      let stoppedAtMs = 0;
      stop = () => {
        stoppedAtMs = performance.now();
        thread.postMessage('stop');
        giveUpAfter(deafMs);
      };
      signal.addEventListener('abort', stop, { once: true });
      thread.on('message', (message: FromThread) => {
        if (message.kind === 'told') tell[message.method]?.(...message.told);
        else if (message.kind === 'heard')
          giveUpAfter(Math.min(deafMs, stoppedAtMs + endingMs - performance.now()));
        else resolve(message);
      });
      thread.once('error', reject);
      thread.once('exit', () => resolve(null));
    });
    if (said?.kind === 'done') return said.done as Done[Kind];
    signal.throwIfAborted();
    throw said?.kind === 'failed' ? errorSaid(said.error) : new Error('the thread ended without a word');
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
    // Whatever it is still at, or waits for, is nobody's.
    await Promise.race([thread.terminate(), sleep(deafMs, null, { ref: false })]);
  }
}

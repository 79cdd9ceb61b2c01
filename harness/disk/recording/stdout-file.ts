import { Worker } from 'node:worker_threads';
import type { AckDesk } from './ack-desk.js';
import { AckLines } from './ack-lines.js';
import type { StdoutThreadData } from './stdout-thread.js';

/** Mounts the file `stdout` in a folder; resolves when it can be opened. */
export function serveStdout(
  folder: string,
  ackPattern: string,
  desk: AckDesk,
  onOutput: (data: Uint8Array) => void,
): Promise<void> {
  const flag = new SharedArrayBuffer(4);
  const mayGoOn = new Int32Array(flag);
  const lines = new AckLines(ackPattern);
  const data: StdoutThreadData = { folder, flag };
  const thread = new Worker(new URL('./stdout-thread.js', import.meta.url), { workerData: data });

  const letGo = (): void => {
    Atomics.store(mayGoOn, 0, 1);
    Atomics.notify(mayGoOn, 0);
  };
  const giveAll = (acks: string[]): void => {
    const [first, ...others] = acks;
    if (first === undefined) letGo();
    else desk.give(first, 'stdout', () => giveAll(others));
  };
  return new Promise((resolve, reject) => {
    thread.on('error', reject);
    thread.on('message', (message: 'mounted' | Uint8Array) => {
      if (message === 'mounted') {
        resolve();
        return;
      }
      onOutput(message);
      giveAll(lines.push(message));
    });
  });
}

import { Worker } from 'node:worker_threads';
import type { SaidPatterns } from '../../trace/said.js';
import type { AckDesk } from './ack-desk.js';
import { AckLines } from './ack-lines.js';
import type { StdoutThreadData } from './stdout-thread.js';

/** What is printed to the file `stdout`. */
export interface ServedStdout {
  /** All writers are gone: a last line without newline is a line. Resolves when its ack is given. */
  end(): Promise<void>;
  /** To be called when the folder was unmounted. */
  close(): Promise<void>;
}

/** Whoever is told what was printed. */
export interface OutputTaker {
  take(data: Uint8Array): void;
  /** Calls back when not much of what was taken waits any more: until then nobody prints more. */
  whenTaken(goOn: () => void): void;
}

/** Mounts the file `stdout` in a folder; resolves when it can be opened. */
export function serveStdout(
  folder: string,
  said: SaidPatterns,
  desk: AckDesk,
  taker: OutputTaker,
): Promise<ServedStdout> {
  const flag = new SharedArrayBuffer(4);
  const mayGoOn = new Int32Array(flag);
  const lines = new AckLines(said);
  const data: StdoutThreadData = { folder, flag };
  const thread = new Worker(new URL('./stdout-thread.js', import.meta.url), { workerData: data });

  const letGo = (): void => {
    Atomics.store(mayGoOn, 0, 1);
    Atomics.notify(mayGoOn, 0);
  };
  const giveAll = (acks: string[], done: () => void): void => {
    const [first, ...others] = acks;
    if (first === undefined) done();
    else desk.give(first, 'stdout', () => giveAll(others, done));
  };
  const end = (): Promise<void> => new Promise((resolve) => giveAll(lines.end(), resolve));
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    thread.on('error', reject);
    thread.on('message', (message: 'mounted' | Uint8Array) => {
      if (message === 'mounted') {
        resolve({ end, close: () => ended });
        return;
      }
      taker.take(message);
      giveAll(lines.push(message), () => taker.whenTaken(letGo));
    });
  });
}

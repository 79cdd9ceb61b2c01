/**
 * The workload's standard output as a file that makes its writer wait.
 *
 * A pipe would take the line and let the workload run on; by the time the line is read, the file system may
 * hold newer things that nobody promised. Here write(2) returns only after the ack has been stamped and the
 * snapshot taken. This thread blocks; the disk, on the main thread, goes on serving.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { FuseConnection } from '../fuse/connection.js';

/** What the main thread passes: where to mount, and the flag that it raises when the writer may go on. */
export interface StdoutThreadData {
  folder: string;
  /** Int32Array with one element: 0 while the writer waits. */
  flag: SharedArrayBuffer;
}

const { folder, flag } = workerData as StdoutThreadData;
const mayGoOn = new Int32Array(flag);

const connection = new FuseConnection(
  folder,
  {
    stdout: {
      sizeBytes: 0,
      mode: 'stream',
      write(_offset, data) {
        Atomics.store(mayGoOn, 0, 0);
        parentPort!.postMessage(Uint8Array.from(data));
        Atomics.wait(mayGoOn, 0, 0);
        return undefined;
      },
    },
  },
  (error) => {
    throw error;
  },
);
parentPort!.postMessage('mounted');
while (connection.serveOne());

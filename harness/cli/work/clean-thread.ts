/**
 * Removes runs of this process with all that they made, in a thread of its own, and says what could not be removed, and why.
 * A program apart from those that work: whoever was asked to end waits for it to be read.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { cleanRun } from '../../state/clean.js';

const left: string[] = (workerData as readonly string[]).flatMap((run) => cleanRun(run).left);
parentPort!.postMessage(left);

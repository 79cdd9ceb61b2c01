/** Does a command's work in a thread of its own (`in-thread.ts`). Any message to it means: stop, in order. */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedRuns } from '../../jobs/shared-runs.js';
import { testTheTest } from '../../mutants/test-the-test.js';
import { connectQueue } from '../../queue/redis.js';
import { Store } from '../../queue/store.js';
import { recordTraces } from '../../run/record-traces.js';
import { runSession, type SessionObserver } from '../../run/session.js';
import type { Results } from '../../verdict/results.js';
import { saidError } from '../../verdict/said-error.js';
import { Latest } from './latest.js';
import type { Done, FromThread, Work } from './work.js';

const parent = parentPort!;
const latest = new Latest<FromThread>((message) => parent.postMessage(message));
const say = (message: FromThread): void => {
  latest.passOn();
  parent.postMessage(message);
};
const controller = new AbortController();
/** Often enough to be believed alive on a busy machine. */
const hearsEveryMs = 100;
parent.once('message', () => {
  say({ kind: 'heard' });
  // What ends in order may still compute for long in one piece; who says nothing then is ended.
  setInterval(() => say({ kind: 'heard' }), hearsEveryMs).unref();
  controller.abort(new Error('interrupted'));
});

const observer: Required<SessionObserver> = {
  runStarted: (...told) => say({ kind: 'told', method: 'runStarted', told }),
  step: (...told) => say({ kind: 'told', method: 'step', told }),
  progress: (...told) => latest.take({ kind: 'told', method: 'progress', told }),
  runFinished: (...told) => say({ kind: 'told', method: 'runFinished', told }),
  warning: (...told) => say({ kind: 'told', method: 'warning', told }),
};

async function session(
  { queue, ...work }: Work & { kind: 'session' },
  signal: AbortSignal,
): Promise<Results> {
  const server = queue ? await connectQueue(queue.address) : null;
  const sharing = server ? new SharedRuns(server, Store.open(queue!.store), work) : undefined;
  try {
    return await runSession({ ...work, sharing, signal, observer });
  } finally {
    server?.close();
  }
}

async function done(work: Work, signal: AbortSignal): Promise<Done[keyof Done]> {
  const { step: onStep, warning: warn } = observer;
  switch (work.kind) {
    case 'session':
      return session(work, signal);
    case 'record':
      return recordTraces({ ...work, signal, onStep, warn });
    case 'mutants':
      return testTheTest({ ...work, signal, onStep, warn });
  }
}

try {
  say({ kind: 'done', done: await done(workerData as Work, controller.signal) });
} catch (error) {
  say({ kind: 'failed', error: saidError(error) });
}

/**
 * Does the work of the package's functions, in a process of its own: a test runner's process keeps its event loop, its
 * environment and its memory to itself, and what is mounted or started here is cleaned up whatever becomes of the runner.
 *
 * One job comes in as a message, one answer or error goes out. When whoever asked goes away, or says so, the job is
 * aborted and cleaned up after.
 */
import { saidError } from '../verdict/said-error.js';
import { doJob } from './do-job.js';
import type { Job, Message } from './jobs.js';

const controller = new AbortController();
const abort = (): void => controller.abort(new Error('ended by its caller'));
// Ctrl-C goes to the whole process group: the runner ends at once, this process in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort);
process.on('disconnect', abort);

process.on('message', (message: Job | { kind: 'abort' }) => {
  if (message.kind === 'abort') abort();
  else void work(message);
});

async function work(job: Job): Promise<void> {
  const said = await doJob(job, controller.signal).then(
    (answer): Message => ({ kind: 'answer', answer }),
    (error: unknown): Message => ({ kind: 'error', error: saidError(error) }),
  );
  if (!process.connected) process.exit();
  process.send!(said, () => process.exit());
}

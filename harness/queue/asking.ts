/**
 * Whoever asks: puts jobs into the queue and waits until each has its answer in the store.
 *
 * Guarantees: each job is settled once, whatever Redis forgets or says twice: what counts is the answer in the store, and a
 * job that is neither answered nor in the queue is put there again. A job that three workers died over is given up with
 * what they said last.
 */
import { randomBytes } from 'node:crypto';
import { errorOf, failureFrom } from './failure.js';
import { type Job, type Makers, queueNameOf } from './job.js';
import { askingSign, isPresent, signMs, workersPresent } from './presence.js';
import type { QueueServer } from './redis.js';
import type { Store } from './store.js';
import { deathsOver, forgetTakers, mostDeaths, takersOf } from './takers.js';
import { unlessAborted } from './unless-aborted.js';

export type Answer = { kind: 'answered'; digest: string } | { kind: 'given up'; lastWords: string[] };

export interface AskingOptions {
  server: QueueServer;
  store: Store;
  makers: Makers;
  jobs: readonly Job[];
  signal: AbortSignal;
  /** Once for each job. */
  onAnswer: (job: Job, answer: Answer) => void;
  /** @param workers that are there, at work or not */
  onProgress?: ((done: number, workers: number) => void) | undefined;
}

/** Resolves when all jobs are settled, or the signal says so; rejects with what a worker could not do. */
export async function askFor(options: AskingOptions): Promise<void> {
  const { server, makers, signal } = options;
  const redis = server.connection();
  const name = queueNameOf(makers);
  const queue = new server.bull.Queue(name, { connection: server.connection() });
  const events = new server.bull.QueueEvents(name, { connection: server.connection() });
  queue.on('error', () => {});
  events.on('error', () => {});
  const sign = askingSign(redis, randomBytes(8).toString('hex'), { queue: name, makers });
  const open = new OpenJobs(options);
  const put = async (): Promise<void> => {
    for (const part of partsOf([...open.jobs.values()], 1000)) await queue.addBulk(part.map(queued));
  };
  const wake = new Wake();
  const finished: string[] = [];
  let failed: Error | null = null;
  events.on('completed', ({ jobId }) => {
    finished.push(jobId);
    wake.now();
  });
  events.on('failed', ({ failedReason }) => {
    failed ??= errorOf(failureFrom(failedReason));
    wake.now();
  });
  const stop = (): void => wake.now();
  signal.addEventListener('abort', stop, { once: true });
  let workers = 0;
  const look = async (): Promise<void> => {
    workers = await workersPresent(redis);
    await open.giveUpDeadly((worker) => isPresent(redis, worker));
    const there = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized');
    // What is neither there nor answered was forgotten by Redis.
    open.settleAll();
    if (sum(there) < open.jobs.size) await put();
  };
  try {
    if (open.jobs.size > 0) await unlessAborted(signal, put);
    let looked = performance.now();
    while (!signal.aborted && failed === null) {
      for (const id of finished.splice(0)) open.settleAnswered(id);
      options.onProgress?.(options.jobs.length - open.jobs.size, workers);
      if (open.jobs.size === 0) break;
      await wake.after(looked + signMs - performance.now());
      if (performance.now() < looked + signMs) continue;
      await unlessAborted(signal, look);
      looked = performance.now();
    }
    if (failed !== null) throw failed;
  } finally {
    signal.removeEventListener('abort', stop);
    await sign.takeBack();
    // What nobody waits for any more is not begun; what is being done is left to its end.
    if (redis.status === 'ready')
      for (const part of partsOf([...open.jobs.keys()], 1000))
        await Promise.all(part.map((id) => queue.remove(id).catch(() => {})));
    await Promise.all([queue.close(), events.close()].map((closed) => closed.catch(() => {})));
  }
}

/** What is not settled yet. */
class OpenJobs {
  readonly jobs: Map<string, Job>;

  constructor(private readonly options: Pick<AskingOptions, 'store' | 'jobs' | 'onAnswer'>) {
    this.jobs = new Map(options.jobs.map((job) => [job.id, job]));
    if (this.jobs.size !== options.jobs.length) throw new Error('a job is asked for twice');
    for (const job of options.jobs) forgetTakers(options.store, job.id);
    this.settleAll();
  }

  settleAll(): void {
    for (const id of [...this.jobs.keys()]) this.settleAnswered(id);
  }

  settleAnswered(id: string): void {
    const digest = this.jobs.has(id) ? this.options.store.answerTo(id) : null;
    if (digest !== null) this.#settle(id, { kind: 'answered', digest });
  }

  async giveUpDeadly(isPresent: (worker: string) => Promise<boolean>): Promise<void> {
    const { store } = this.options;
    for (const id of [...this.jobs.keys()]) {
      if (takersOf(store, id) < mostDeaths) continue;
      const lastWords = await deathsOver(store, id, isPresent);
      if (lastWords.length >= mostDeaths) this.#settle(id, { kind: 'given up', lastWords });
    }
  }

  #settle(id: string, answer: Answer): void {
    const job = this.jobs.get(id)!;
    this.jobs.delete(id);
    this.options.onAnswer(job, answer);
  }
}

/** As BullMQ keeps it: nothing is left of it when it is done, and it is tried again as often as it takes. */
function queued({ id, kind, body }: Job) {
  return {
    name: kind,
    data: body,
    opts: { jobId: id, attempts: 1000, removeOnComplete: true, removeOnFail: true },
  };
}

/** A wait that can be cut short, also by what came before it. */
class Wake {
  #isDue = false;
  #now: (() => void) | null = null;

  now(): void {
    this.#isDue = true;
    this.#now?.();
  }

  async after(ms: number): Promise<void> {
    if (!this.#isDue)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms));
        this.#now = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#now = null;
    this.#isDue = false;
  }
}

function partsOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/**
 * A worker: takes jobs of those who ask for what it is, has them done, and leaves the answers in the store.
 *
 * Guarantees: it takes no job of another build, kernel or mkfs. A job that it dies over is another's within seconds: it has
 * to say again and again that it is still at it. Whoever is slow is not taken for dead by that: two may do a job then, and
 * the first answer counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job as BullJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { UsageError } from '../verdict/errors.js';
import { type Failure, failureText } from './failure.js';
import { differenceOf, type Job } from './job.js';
import { type Asking, askings, isPresent, signMs, workerSign } from './presence.js';
import type { QueueServer } from './redis.js';
import type { Store } from './store.js';
import { deathsOver, mostDeaths, TakerNote, takersOf, thisTaker } from './takers.js';
import { unlessAborted } from './unless-aborted.js';

/** How a job ended: the object that answers it, what could not be done, or the death of what did it. */
export type Done =
  | { kind: 'answered'; digest: string }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'died'; lastWords: string };

/** Does one job after the other. */
export interface JobDoer {
  do(job: Job, say: (words: string) => void): Promise<Done>;
}

export interface WorkingOptions {
  server: QueueServer;
  store: Store;
  name: string;
  doer: JobDoer;
  /** What this worker is; see `Makers`. */
  own: (what: string) => Promise<string>;
  /** Ends when nobody has asked for anything for so long; null: never. */
  idleMs: number | null;
  signal: AbortSignal;
  say: (text: string) => void;
}

/** A job's lock, renewed at half of it; and how often is looked for locks that ended. */
const lockMs = 6000;
const stalledMs = 1500;
const lookMs = 500;

/** @throws UsageError where all who ask at the start ask for another worker */
export async function work(options: WorkingOptions): Promise<void> {
  const { server, name, own, idleMs, signal, say } = options;
  const redis = server.connection();
  const sign = workerSign(redis, name);
  const refused = new Set<string>();
  let idleSince = performance.now();
  let isFirst = true;
  try {
    while (!signal.aborted) {
      const asked = await unlessAborted(signal, () => askings(redis));
      const all: { asking: Asking; differs: string | null }[] = [];
      for (const asking of asked ?? []) all.push({ asking, differs: await differenceOf(asking.makers, own) });
      const mine = all.find(({ differs }) => differs === null);
      const strangers = all.flatMap(({ asking, differs }) => (differs === null ? [] : [{ asking, differs }]));
      if (isFirst && !mine && strangers.length > 0) throw new UsageError(refusalText(strangers[0]!.differs));
      isFirst = false;
      for (const { asking, differs } of strangers) {
        if (!refused.has(asking.queue)) say(refusalText(differs));
        refused.add(asking.queue);
      }
      if (mine) {
        await serve(mine.asking, redis, options);
        idleSince = performance.now();
      } else if (idleMs !== null && performance.now() - idleSince > idleMs) return;
      else await sleep(lookMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await sign.takeBack();
  }
}

function refusalText(differs: string): string {
  return `worker: it may not take part in what is asked for: ${differs}; workers are of the same build, kernel and mkfs as whoever asks`;
}

/** Until nobody asks for it any more. */
async function serve({ queue }: Asking, redis: Redis, options: WorkingOptions): Promise<void> {
  const { server, signal } = options;
  const taking = new Taking(redis, options);
  const worker = new server.bull.Worker(queue, (job) => taking.take(job), {
    connection: server.connection(),
    concurrency: 1,
    ...{ lockDuration: lockMs, stalledInterval: stalledMs, drainDelay: 1, runRetryDelay: 1000 },
    // Deaths are counted by their notes, so that a slow worker is none.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  worker.on('error', () => {});
  let misses = 0;
  while (!signal.aborted && misses < 2) {
    await sleep(taking.isBusy ? signMs : lookMs, undefined, { signal }).catch(() => {});
    // A Redis that was just started knows nobody for a moment.
    const asked = await unlessAborted(signal, () => askings(redis));
    const isAsked = asked?.some((asking) => asking.queue === queue) ?? false;
    misses = isAsked || taking.isBusy ? 0 : misses + 1;
  }
  // A job that is not waited for is another's when its lock ends.
  if (signal.aborted) taking.giveBack();
  await worker.close(signal.aborted).catch(() => {});
}

/** One job at a time, with a note of who has it. */
class Taking {
  #note: TakerNote | null = null;
  #nth = 0;

  constructor(
    private readonly redis: Redis,
    private readonly options: WorkingOptions,
  ) {}

  get isBusy(): boolean {
    return this.#note !== null;
  }

  giveBack(): void {
    this.#note?.takeAway();
    this.#note = null;
  }

  async take({ id, name: kind, data: body }: BullJob): Promise<void> {
    const { store, name, doer, server, signal } = this.options;
    const job: Job = { id: id!, kind, body };
    if (store.answerTo(job.id) !== null) return;
    if (await this.#isDeadly(job)) throw new Error('three workers ended over this job');
    const note = new TakerNote(store, job.id, thisTaker(name), this.#nth++);
    this.#note = note;
    const done = await doer.do(job, (words) => note.say(words));
    this.#note = null;
    if (signal.aborted) throw new Error('the worker was ended');
    if (done.kind === 'died') {
      note.died(done.lastWords);
      throw new Error(done.lastWords);
    }
    if (done.kind === 'answered') store.answer(job.id, done.digest);
    note.takeAway();
    if (done.kind === 'failed') throw new server.bull.UnrecoverableError(failureText(done.failure));
  }

  /** Whoever asks gives it up then; until it has, it comes round again. */
  async #isDeadly({ id }: Job): Promise<boolean> {
    const { store } = this.options;
    if (takersOf(store, id) < mostDeaths) return false;
    const deaths = await deathsOver(store, id, (worker) => isPresent(this.redis, worker));
    if (deaths.length < mostDeaths) return false;
    await sleep(signMs);
    return true;
  }
}

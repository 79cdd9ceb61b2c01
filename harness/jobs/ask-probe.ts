/**
 * A probe by way of a queue: the same answers, made by whoever works.
 *
 * Guarantees: each workload's answer is taken once and none is missing, by counting, or it ends with an error; the result
 * is the one of a probe without a queue.
 */
import { appendFileSync } from 'node:fs';
import { knownAnswers } from '../probe/answers.js';
import type { ProbeConfig } from '../probe/config.js';
import { ProbeTally } from '../probe/probe-document.js';
import type { StorageProbe } from '../probe/probe-storage.js';
import type { WorkloadResult } from '../probe/result.js';
import { printWorkload, type Workload } from '../probe/workload/workload.js';
import { workloadsIn } from '../probe/workload-range.js';
import type { Answer } from '../queue/asking.js';
import { askFor } from '../queue/asking.js';
import type { Job, Makers } from '../queue/job.js';
import type { QueueServer } from '../queue/redis.js';
import type { Store } from '../queue/store.js';
import { ownMaker } from './own-makers.js';
import { answersIn, makersOf, type ProbeBody, probeJobs, type Target } from './probe-job.js';

/** A storage's answers, as they come. */
export class ProbeCollection {
  readonly tally = new ProbeTally();
  readonly #known: Map<string, WorkloadResult>;
  readonly #left: Map<string, Job>;

  constructor(
    jobs: readonly Job[],
    private readonly answersFile: string,
  ) {
    this.#known = knownAnswers(answersFile);
    this.#left = new Map(jobs.map((job) => [job.id, job]));
    if (this.#left.size !== jobs.length) throw new Error('two jobs of one storage are the same');
    for (const { id, body } of jobs) {
      const { asked, range } = body as ProbeBody;
      const workloads = [...workloadsIn(asked, range)];
      if (!workloads.every(({ name }) => this.#known.has(name))) continue;
      this.#left.delete(id);
      for (const { name, workload } of workloads) this.#count(this.#known.get(name)!, workload);
    }
  }

  /** What is not answered yet. */
  get jobs(): Job[] {
    return [...this.#left.values()];
  }

  /** @param answers in the order of the job's workloads, one for each */
  take(id: string, answersTo: (body: ProbeBody) => readonly WorkloadResult[]): void {
    const job = this.#left.get(id);
    if (!job) throw new Error(`job ${id} is answered twice, or nobody asked for it`);
    this.#left.delete(id);
    const body = job.body as ProbeBody;
    const answers = answersTo(body);
    const workloads = [...workloadsIn(body.asked, body.range)];
    for (const [i, { name, workload }] of workloads.entries()) {
      const answer = answers[i];
      if (answer?.name !== name) throw new Error(`job ${id}: workload ${name} has no answer`);
      // Of a range that was tried in part before, what is known stays.
      const known = this.#known.get(name);
      if (!known) appendFileSync(this.answersFile, `${JSON.stringify(answer)}\n`);
      this.#count(known ?? answer, workload);
    }
  }

  #count(answer: WorkloadResult, workload: Workload): void {
    this.tally.add(answer, () => printWorkload(workload));
  }
}

/** The workloads of a job that three workers died over. */
function givenUp({ asked, range }: ProbeBody, lastWords: readonly string[]): WorkloadResult[] {
  const reason = `${lastWords.length} workers ended over this workload or one asked for with it: ${lastWords.join('; ')}`;
  return [...workloadsIn(asked, range)].map(({ name }) => ({
    ...{ name, outcome: 'unknown', points: 0, states: '0', recoveries: 0, exhaustive: false },
    reason,
  })) as WorkloadResult[];
}

export interface AskedProbe {
  server: QueueServer;
  store: Store;
  config: ProbeConfig;
  targets: readonly (Target & { answersFile: string })[];
  signal: AbortSignal;
  onProgress: (progress: QueueProgress) => void;
}

/** Of the whole. */
export interface QueueProgress {
  jobs: number;
  done: number;
  workers: number;
  tried: number;
  broken: number;
}

/** @returns what became of each target, in their order */
export async function askProbe(options: AskedProbe): Promise<StorageProbe[]> {
  const { server, store, config, targets, signal } = options;
  const started = performance.now();
  const makers: Makers = Object.fromEntries(
    await Promise.all(targets.flatMap(makersOf).map(async (what) => [what, await ownMaker(what)] as const)),
  );
  const collections = targets.map(
    (target) => new ProbeCollection(probeJobs(config, target, makers), target.answersFile),
  );
  // Two storages that only differ by name share their jobs.
  const jobs = new Map(collections.flatMap((some) => some.jobs).map((job) => [job.id, job]));
  const waiting = new Map([...jobs.keys()].map((id) => [id, [] as ProbeCollection[]]));
  for (const some of collections) for (const { id } of some.jobs) waiting.get(id)!.push(some);
  const took = (job: Job, answer: Answer): void => {
    const text = answer.kind === 'answered' ? store.read(answer.digest).toString() : null;
    for (const collection of waiting.get(job.id)!)
      collection.take(job.id, (body) =>
        answer.kind === 'answered' ? answersIn(text!, body) : givenUp(body, answer.lastWords),
      );
  };
  await askFor({
    ...{ server, store, makers, signal },
    jobs: [...jobs.values()],
    onAnswer: took,
    onProgress: (done, workers) =>
      options.onProgress({
        ...{ jobs: jobs.size, done, workers },
        tried: collections.reduce((sum, { tally }) => sum + tally.tried, 0),
        broken: collections.reduce((sum, { tally }) => sum + tally.workloads.broken, 0),
      }),
  });
  const durationMs = performance.now() - started;
  if (!signal.aborted && collections.some((some) => some.jobs.length > 0))
    throw new Error('jobs of the queue are left without an answer');
  return collections.map(({ tally, jobs: left }) => ({ tally, complete: left.length === 0, durationMs }));
}

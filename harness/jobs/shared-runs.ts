/**
 * Runs by way of a queue: whole ones, and crash points of one that is recorded already.
 *
 * Guarantees: the verdict is that of a run without a queue. A run is taken over as `--resume` takes one that is finished;
 * crash points are taken as passes of one's own, each once, and whether all crash states are covered is counted where the
 * whole is explored.
 */
import { join } from 'node:path';
import { pointRanges } from '../explore/point-ranges.js';
import { type Answer, askFor } from '../queue/asking.js';
import { type Job, jobOf, type Makers } from '../queue/job.js';
import type { QueueServer } from '../queue/redis.js';
import type { Store } from '../queue/store.js';
import { isUml } from '../run/planning/kernels.js';
import type { PlannedRun } from '../run/planning/planned-run.js';
import { recovererOf } from '../run/planning/recoverer.js';
import type { PointsFound, SharedPoints, SharedWork, Sharing } from '../run/sharing.js';
import { readManifest } from '../trace/manifest.js';
import { CannotTellError, UsageError } from '../verdict/errors.js';
import { ownMaker } from './own-makers.js';
import { type PointsAnswer, type PointsBody, pointsAnswerIn, pointsKind } from './points-job.js';
import { layRun, type RunAnswer, runBody, runKind } from './run-job.js';
import { fetchFolder, putFolder } from './stored-folder.js';

export class SharedRuns implements Sharing {
  constructor(
    private readonly server: QueueServer,
    private readonly store: Store,
    private readonly options: { calibrate: boolean },
  ) {}

  async doRuns(runs: readonly PlannedRun[], work: SharedWork): Promise<Map<string, string>> {
    const makers = await madeBy(runs.flatMap(makersOfRun));
    const jobs = runs.map((run) => jobOf(runKind, runBody(run, this.options.calibrate), makers));
    const answers = await this.#ask(jobs, makers, { ...work, what: 'runs' });
    const givenUp = new Map<string, string>();
    for (const [i, { runFolder }] of runs.entries()) {
      const answer = answers.get(jobs[i]!.id);
      if (answer?.kind === 'answered')
        await layRun(this.store, JSON.parse(this.#textOf(answer)) as RunAnswer, runFolder);
      if (answer?.kind === 'given up') givenUp.set(runFolder, givenUpText('the run', answer.lastWords));
    }
    return givenUp;
  }

  async explorePoints(wanted: SharedPoints, work: SharedWork): Promise<PointsFound> {
    const { traceFolder, crashPoints, points, kernel, look, wholeLimit, tornLimit } = wanted;
    const { scenario, storage } = readManifest(traceFolder);
    const explored = scenario.storage[storage]!;
    const { fs } = explored;
    const recoverer = recovererOf(scenario, kernel, explored);
    // A kernel in QEMU is none that workers are compared by.
    if (recoverer === 'guest' || wholeLimit < 1) return { finished: [], trees: [] };
    const makers = await madeBy(makersOf(recoverer, fs));
    const trace = await putFolder(this.store, traceFolder);
    const jobs = pointRanges(crashPoints, points).map((range) => {
      const body: PointsBody = { trace, kernel, range, look, wholeLimit, tornLimit };
      return jobOf(pointsKind, body, makers);
    });
    const answers = await this.#ask(jobs, makers, { ...work, what: 'runs of crash points' });
    const found: PointsAnswer[] = [];
    for (const { id, body } of jobs) {
      const { range } = body as PointsBody;
      const answer = answers.get(id);
      if (answer?.kind === 'given up')
        throw new CannotTellError(
          givenUpText(`crash points ${range.from} to ${range.to - 1}`, answer.lastWords),
        );
      // Without one the work was ended.
      if (answer) found.push(pointsAnswerIn(this.#textOf(answer), range));
    }
    return {
      finished: found.flatMap(({ finished }) => finished),
      trees: await Promise.all(found.map(({ trees }, i) => this.#fetched(trees, `${wanted.folder}/${i}`))),
    };
  }

  async #fetched(trees: PointsAnswer['trees'], into: string): Promise<PointsFound['trees'][number]> {
    if (!trees) return { seen: [], missed: 0, folders: [] };
    const folders = trees.folders.map((_, lane) => join(into, String(lane)));
    for (const [lane, stored] of trees.folders.entries())
      await fetchFolder(this.store, stored, folders[lane]!);
    return { seen: trees.seen, missed: trees.missed, folders };
  }

  #textOf({ digest }: Extract<Answer, { kind: 'answered' }>): string {
    return this.store.read(digest).toString();
  }

  /** @returns by the job's name; where the work was ended, not of all of them */
  async #ask(
    jobs: readonly Job[],
    makers: Makers,
    { what, onStep, signal }: SharedWork & { what: string },
  ): Promise<Map<string, Answer>> {
    const { server, store } = this;
    const answers = new Map<string, Answer>();
    // Two runs that only differ by name are one job.
    const distinct = [...new Map(jobs.map((job) => [job.id, job])).values()];
    let said = '';
    await askFor({
      ...{ server, store, makers, signal, jobs: distinct },
      onAnswer: ({ id }, answer) => void answers.set(id, answer),
      onProgress: (done, workers) => {
        const step = `${done} of ${distinct.length} ${what} done by workers, ${workers} there`;
        if (step !== said) onStep(step);
        said = step;
      },
    });
    if (!signal.aborted && answers.size !== distinct.length)
      throw new Error('jobs of the queue are left without an answer');
    return answers;
  }
}

function givenUpText(what: string, lastWords: readonly string[]): string {
  return `${lastWords.length} workers ended over ${what}: ${lastWords.join('; ')}`;
}

async function madeBy(what: readonly string[]): Promise<Makers> {
  return Object.fromEntries(
    await Promise.all([...new Set(what)].map(async (one) => [one, await ownMaker(one)] as const)),
  );
}

function makersOf(kernel: string, fs: string): string[] {
  return ['build', `kernel.${kernel}`, `mkfs.${fs}`];
}

function makersOfRun({ loaded: { scenario }, storageIndex, kernel }: PlannedRun): string[] {
  if (kernel !== null && !isUml(kernel))
    throw new UsageError(
      `--queue: kernel ${kernel}: expected host or uml: workers are not compared by a kernel in QEMU; without --queue it runs here`,
    );
  const storage = scenario.storage[storageIndex]!;
  const { fs } = storage;
  return [
    ...makersOf(kernel ?? 'host', fs),
    ...(recovererOf(scenario, kernel, storage) === 'uml' ? makersOf('uml', fs) : []),
  ];
}

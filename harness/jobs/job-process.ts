/** The process that does a worker's jobs: one a line on standard input, until that is closed. */
import { createInterface } from 'node:readline';
import { failureOf } from '../queue/failure.js';
import type { Job } from '../queue/job.js';
import type { FromJobProcess } from '../queue/job-process-client.js';
import { Store } from '../queue/store.js';
import { cleanRun } from '../state/clean.js';
import { withRunSpace } from '../state/with-run-space.js';
import { PointsDoer } from './points-doer.js';
import { type PointsBody, pointsKind } from './points-job.js';
import { ProbeDoer } from './probe-doer.js';
import { type ProbeBody, probeKind } from './probe-job.js';
import { RunDoer } from './run-doer.js';
import { type RunBody, runKind } from './run-job.js';

function tell(message: FromJobProcess): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const [storeFolder, lanesWord] = process.argv.slice(2) as [string, string];
const lanes = lanesWord === 'all' ? undefined : Number(lanesWord);
const store = Store.open(storeFolder);
let doing: Job | null = null;
/** A run ends in order: it has folders, mounts and processes of its own. */
const endRun = new AbortController();

// Ctrl-C, and what a service manager sends to all of a group, reach the worker, too, which ends this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
await withRunSpace(
  async (space) => {
    const probe = new ProbeDoer(space, lanes);
    const points = new PointsDoer(space, store, lanes);
    const runs = new RunDoer(space, store, lanes, endRun.signal);
    const say = (words: string): void => tell({ type: 'said', words });
    const answerTo = async ({ kind, body }: Job): Promise<string> => {
      if (kind === probeKind) return store.put(await probe.do(body as ProbeBody, say));
      if (kind === pointsKind) return store.put(await points.do(body as PointsBody, say));
      if (kind === runKind) return store.put(await runs.do(body as RunBody, say));
      throw new Error(`a job of a kind that is not known: ${kind}`);
    };
    const input = createInterface({ input: process.stdin });
    // Nobody waits for the job that is being done.
    input.on('close', () => {
      if (doing === null) return;
      if (doing.kind === runKind) {
        endRun.abort();
        return;
      }
      cleanRun(space.id);
      process.exit(1);
    });
    for await (const line of input) {
      doing = JSON.parse(line) as Job;
      try {
        tell({ type: 'answered', digest: await answerTo(doing) });
      } catch (error) {
        tell({ type: 'failed', failure: failureOf(error) });
      }
      doing = null;
    }
    await probe.close();
    await points.close();
  },
  (text) => process.stderr.write(`warning: ${text}\n`),
);

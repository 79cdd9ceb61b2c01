/** Does jobs that are whole runs, each in a results folder of its own that is gone when the job is answered. */
import { mkdirSync, rmSync } from 'node:fs';
import type { Store } from '../queue/store.js';
import { runSession } from '../run/session.js';
import { workloadsFolder } from '../scenario/workloads-folder.js';
import type { RunSpace } from '../state/run-space.js';
import { type RunAnswer, type RunBody, scenarioOf } from './run-job.js';
import { putFolder } from './stored-folder.js';

export class RunDoer {
  #nth = 0;

  constructor(
    private readonly space: RunSpace,
    private readonly store: Store,
    private readonly lanes: number | undefined,
    /** Ends the run that is being done. */
    private readonly signal: AbortSignal,
  ) {}

  /** @returns the answer's text */
  async do(body: RunBody, say: (words: string) => void): Promise<string> {
    const resultsFolder = this.space.path(`results-${this.#nth++}`);
    mkdirSync(resultsFolder);
    try {
      const { runs } = await runSession({
        scenarios: [scenarioOf(body)],
        ...{ resultsFolder, workloads: workloadsFolder, lanes: this.lanes, calibrate: body.calibrate },
        ...{ signal: this.signal, observer: { step: say } },
      });
      const runFolder = runs[0]!.run;
      const answer: RunAnswer = { runFolder, files: await putFolder(this.store, runFolder) };
      return JSON.stringify(answer);
    } finally {
      rmSync(resultsFolder, { recursive: true, force: true });
    }
  }
}

/** Does jobs of exploring. Traces stay from one job to the next. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exploreRange } from '../explore/explore-range.js';
import { LanePool } from '../explore/lane-pool.js';
import { explorable } from '../explore/recording.js';
import { contentsFile, RecoveredTrees, treesFile } from '../explore/recovered-trees.js';
import type { Store } from '../queue/store.js';
import { Places } from '../run/recording/places.js';
import { workloadsFolder } from '../scenario/workloads-folder.js';
import type { RunSpace } from '../state/run-space.js';
import { openTrace } from '../trace/trace.js';
import type { PointsAnswer, PointsBody } from './points-job.js';
import { fetchFolder, type StoredFolder } from './stored-folder.js';

export class PointsDoer {
  readonly #traces = new Map<string, string>();
  readonly #places: Places;

  constructor(
    private readonly space: RunSpace,
    private readonly store: Store,
    lanes: number | undefined,
  ) {
    this.#places = new Places({ lanes });
  }

  /** @returns the answer's text */
  async do(body: PointsBody, say: (words: string) => void): Promise<string> {
    const { kernel, range, look, wholeLimit, tornLimit } = body;
    const traceFolder = await this.#traceOf(body);
    const trace = openTrace(traceFolder);
    try {
      const { scenario, storage, scenario_folder: folder } = trace.manifest;
      const loaded = { file: null, folder, input: scenario.input, scenario };
      const { space } = this;
      const lanes = this.#places
        .of({ kernel, loaded })
        .startLanes({ space, storage: scenario.storage[storage]!, loaded, workloads: workloadsFolder });
      const trees = look ? new RecoveredTrees() : null;
      const finished = await exploreRange({
        ...{ traced: explorable(trace), range, wholeLimit, tornLimit },
        startPool: (onLeaf) =>
          LanePool.start(
            { traceFolder, lanes, ...(trees && look ? { looking: { trees, limits: look } } : {}) },
            onLeaf,
          ),
        onPoint: (point) => say(`at crash point ${point}`),
      });
      const answer: PointsAnswer = { finished, trees: trees ? await this.#stored(trees) : null };
      return JSON.stringify(answer);
    } finally {
      trace.close();
    }
  }

  async close(): Promise<void> {
    await this.#places.close();
  }

  async #stored(trees: RecoveredTrees): Promise<PointsAnswer['trees']> {
    const { seen, missed } = trees;
    const folders = [];
    for (const folder of trees.folders) folders.push(await this.#storedTrees(folder));
    return { seen, missed, folders };
  }

  async #storedTrees(folder: string): Promise<StoredFolder> {
    const stored: StoredFolder = {};
    for (const file of [treesFile, contentsFile])
      if (existsSync(join(folder, file))) stored[file] = await this.store.putFile(join(folder, file));
    return stored;
  }

  async #traceOf({ trace }: PointsBody): Promise<string> {
    const key = JSON.stringify(trace);
    let folder = this.#traces.get(key);
    if (folder === undefined) {
      folder = this.space.path(`trace-${this.#traces.size}`);
      await fetchFolder(this.store, trace, folder);
      this.#traces.set(key, folder);
    }
    return folder;
  }
}

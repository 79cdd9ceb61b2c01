/** What a probe asks, storage by storage on each kernel: here, or of whoever works. */
import { join } from 'node:path';
import { askProbe } from '../jobs/ask-probe.js';
import type { Target } from '../jobs/probe-job.js';
import { answersFileName } from '../probe/answers.js';
import type { ProbeConfig } from '../probe/config.js';
import type { ProbePlace } from '../probe/place.js';
import { ProbeTally } from '../probe/probe-document.js';
import { probeStorage, type StorageProbe } from '../probe/probe-storage.js';
import type { Shard } from '../probe/shard.js';
import { connectQueue } from '../queue/redis.js';
import { Store } from '../queue/store.js';
import { storageLabel } from '../run/planning/storage-label.js';
import type { RunSpace } from '../state/run-space.js';
import type { LiveLine } from './live-line.js';
import { probeProgress, queueProgress } from './probe-lines.js';
import type { QueueChosen } from './queue-options.js';

export interface ProbeTarget extends Target {
  name: string;
  answersFile: string;
}

/** In the order of answers: kernel by kernel. */
export function targetsOf(
  config: ProbeConfig,
  places: readonly ProbePlace[],
  resultsFolder: string,
): ProbeTarget[] {
  return places
    .flatMap((place) => config.storage.map((storage) => ({ place, storage })))
    .map(({ place, storage }, nth) => ({
      ...{ place, storage, name: storage.name ?? storageLabel(storage), kernel: place.kernelName },
      answersFile: join(resultsFolder, answersFileName(nth)),
    }));
}

interface Asking {
  config: ProbeConfig;
  targets: readonly ProbeTarget[];
  signal: AbortSignal;
  line: LiveLine;
}

export async function probeHere({
  config,
  targets,
  shard,
  space,
  lanes,
  signal,
  line,
}: Asking & { shard: Shard | null; space: RunSpace; lanes: number | undefined }): Promise<StorageProbe[]> {
  const outcomes: StorageProbe[] = [];
  for (const [nth, { name, storage, place, answersFile }] of targets.entries()) {
    const outcome = signal.aborted
      ? { tally: new ProbeTally(), complete: false, durationMs: 0 }
      : await probeStorage({
          ...{ storage, config, place, shard, nth, space, answersFile, lanes, signal },
          onAnswer: (soFar, position) => {
            if (line.isLive) line.rewrite(probeProgress(name, soFar, position));
          },
        });
    line.clear();
    outcomes.push(outcome);
    if (targets.length > 1) {
      const { verdict } = outcome.tally.result(storage, { name, place, ...outcome });
      process.stderr.write(`${name}: ${verdict}\n`);
    }
  }
  return outcomes;
}

export async function probeByQueue({
  config,
  targets,
  queue,
  signal,
  line,
}: Asking & { queue: QueueChosen }): Promise<StorageProbe[]> {
  const store = Store.open(queue.store);
  const server = await connectQueue(queue.address);
  try {
    return await askProbe({
      ...{ server, store, config, targets, signal },
      onProgress: (progress) => {
        if (line.isLive) line.rewrite(queueProgress(progress));
      },
    });
  } finally {
    server.close();
  }
}

/** Lanes that probe one storage: the file system is made once, and each takes one workload after the other. */
import { availableParallelism } from 'node:os';
import { diskSizeBytes } from '../attach/file-system.js';
import type { RunSpace } from '../state/run-space.js';
import type { ProbeConfig, ProbedStorage } from './config.js';
import type { PropertyTask } from './lane/messages.js';
import { ProbeLaneClient } from './lane-client.js';
import type { ProbePlace } from './place.js';
import type { PropertyAnswer } from './properties/answer.js';
import type { WorkloadResult } from './result.js';
import type { NamedWorkload } from './selection.js';

/** What decides what a storage answers to a workload, besides its kernel. */
export interface Question extends Pick<ProbeConfig, 'granularity' | 'limit' | 'fsck'> {
  storage: ProbedStorage;
}

/** So long a lane may take to finish what it is at once nobody wants any more; then it is ended. */
const finishingMs = 1000;

export class ProbeLanes {
  readonly #stop = (): void => {
    setTimeout(() => {
      for (const lane of this.lanes) lane.kill();
    }, finishingMs).unref();
  };

  private constructor(
    private readonly lanes: readonly ProbeLaneClient[],
    private readonly signal: AbortSignal | undefined,
  ) {
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  /**
   * @param options `signal` ends them, and what is asked of them with an error, unless that is answered soon
   * @throws UsageError where the storage cannot be made
   */
  static async start(
    { storage, granularity, limit, fsck }: Question,
    {
      place,
      space,
      lanes = availableParallelism(),
      signal,
    }: { place: ProbePlace; space: RunSpace; lanes?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<ProbeLanes> {
    const started = new ProbeLanes(
      Array.from(
        { length: Math.min(lanes, place.mostLanes(storage.fs)) },
        () => new ProbeLaneClient(`lane-${space.nextNumber()}`, space, place.command),
      ),
      signal,
    );
    const setup = {
      ...{ spaceFolder: space.folder, storage, sizeBytes: diskSizeBytes(storage), granularity, limit },
      fsck: fsck === 'after',
    };
    try {
      await Promise.all(
        started.lanes.map((lane, nth) => lane.begin({ ...setup, name: lane.name, guest: place.guest(nth) })),
      );
      return started;
    } catch (error) {
      await started.close();
      throw error;
    }
  }

  /** @param next the next workload; null when there is none */
  async probe(
    next: () => NamedWorkload | null,
    onAnswer: (answer: WorkloadResult, task: NamedWorkload) => void,
  ): Promise<void> {
    await this.#each(next, async (lane, task) => {
      const { name, workload } = task;
      onAnswer(await lane.probe({ name, workload }), task);
    });
  }

  /** @param next the next question; null when there is none */
  async measure(
    next: () => PropertyTask | null,
    onAnswer: (answer: PropertyAnswer, task: PropertyTask) => void,
  ): Promise<void> {
    await this.#each(next, async (lane, task) => onAnswer(await lane.measure(task), task));
  }

  async #each<Task>(
    next: () => Task | null,
    does: (lane: ProbeLaneClient, task: Task) => Promise<void>,
  ): Promise<void> {
    await Promise.all(
      this.lanes.map(async (lane) => {
        for (let task = next(); task; task = next()) await does(lane, task);
      }),
    );
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.#stop);
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }
}

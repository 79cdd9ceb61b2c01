/** A lane pool without lanes: explores a small log with the model recovery, in this process. */
import { CrashImage } from '../../harness/explore/crash-image.js';
import type { Decision } from '../../harness/explore/decisions.js';
import { decodeDecisions, encodeDecisions } from '../../harness/explore/lane/messages.js';
import type { ExploreOptions, LanePool, LeafMessage } from '../../harness/explore/lane-pool.js';
import { RecoveryMemory } from '../../harness/explore/memory.js';
import type { ExplorableTrace } from '../../harness/explore/recording.js';
import { TaskSearch, type TornTask } from '../../harness/explore/task-search.js';
import type { Problem } from '../../harness/judge/judgement.js';
import { type ModelRecovery, overlayDisk } from './model-recovery.js';

/** What an outcome of the model recovery means. */
export type Verdict = (outcome: string) => Problem[];

export const problemCalled = (path: string, outcome: Problem['outcome'] = 'violation'): Problem => ({
  outcome,
  kind: 'durability',
  path,
  failure: 'missing',
  detail: `${path} is missing`,
  promise: `${path} survives as acked`,
});

/** About one outcome in three is a violation, one in nine something else as well. */
export const someProblems: Verdict = (outcome) => {
  const number = Number.parseInt(outcome, 16);
  const problems: Problem[] = [];
  if (number % 3 === 0) problems.push(problemCalled(`file-${number % 4}`));
  if (number % 9 === 1) problems.push(problemCalled('checker', 'unknown'));
  return problems;
};

export class InProcessPool {
  recoveries = 0;
  readonly explored: number[] = [];
  #stopping = false;
  readonly #memory = new RecoveryMemory<Problem[]>();

  constructor(
    private readonly traced: ExplorableTrace,
    private readonly recover: ModelRecovery,
    private readonly verdict: Verdict,
    private readonly onLeaf: (leaf: LeafMessage) => void,
    /** Picks what goes on next among searches that share a point; without it nothing is shared. */
    private readonly pick: ((count: number) => number) | null = null,
  ) {}

  /** As the code under test knows it. */
  get asPool(): LanePool {
    return this as unknown as LanePool;
  }

  async explore(
    id: number,
    { limit, alone, starts = [{ prefix: [] }] }: ExploreOptions,
  ): Promise<{ point: number; complete: boolean; shared: boolean }> {
    this.explored.push(id);
    const point = this.traced.points[id]!;
    const search = (prefix: Decision[], torn: TornTask | undefined) => ({
      torn,
      search: new TaskSearch<Problem[]>(
        this.traced.recording,
        point,
        { prefix, torn },
        { recover: (image) => this.#recover(image), memory: this.#memory },
      ),
    });
    const running = starts.map(({ prefix, torn }) => search(decodeDecisions(prefix), torn));
    let shared = running.length > 1 && !alone;
    let left = limit;
    while (running.length > 0 && left > 0 && !this.#stopping) {
      const at = alone ? 0 : (this.pick?.(running.length) ?? 0);
      const current = running[at]!;
      const leaf = current.search.next();
      if (!leaf) running.splice(at, 1);
      else {
        left--;
        const { decisions, judgement, remembered, torn, tearable } = leaf;
        this.onLeaf({
          type: 'leaf',
          task: 0,
          point: id,
          decisions: encodeDecisions(decisions),
          problems: judgement,
          remembered,
          ...(torn ? { torn } : {}),
          ...(tearable ? { tearable } : {}),
        });
        if (!alone && this.pick?.(3) === 0) {
          const prefix = current.search.donate();
          if (prefix) {
            shared = true;
            running.push(search(prefix, current.torn));
          }
        }
      }
      await Promise.resolve();
    }
    const complete = !this.#stopping && running.every(({ search }) => search.isDone);
    return { point: id, complete, shared };
  }

  async judge(id: number, lost: number[]): Promise<{ problems: Problem[] }> {
    await Promise.resolve();
    const image = CrashImage.without(lost, this.traced.recording, this.traced.points[id]!);
    return { problems: this.#recover(image) };
  }

  stopExploring(): void {
    this.#stopping = true;
  }

  abandon(): void {}

  async close(): Promise<void> {}

  #recover(image: { read(byteOffset: number, into: Buffer): void }): Problem[] {
    this.recoveries++;
    return this.verdict(this.recover(overlayDisk(image)));
  }
}

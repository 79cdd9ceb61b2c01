/** A lane pool without lanes: explores a small log with the model recovery, in this process. */
import { CrashImage } from '../../harness/explore/crash-image.js';
import { EagerDecisions } from '../../harness/explore/decisions.js';
import { encodeDecisions } from '../../harness/explore/lane/messages.js';
import type { LanePool, LeafMessage } from '../../harness/explore/lane-pool.js';
import { RecoveryMemory } from '../../harness/explore/memory.js';
import { PointSearch } from '../../harness/explore/point-search.js';
import type { ExplorableTrace } from '../../harness/explore/recording.js';
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

  async explore(id: number, maxRecoveries: number): Promise<{ point: number; complete: boolean }> {
    this.explored.push(id);
    const point = this.traced.points[id]!;
    const search = (prefix: Parameters<typeof encodeDecisions>[0]) => ({
      left: maxRecoveries,
      search: new PointSearch<Problem[]>({
        imageFor: (decider) => new CrashImage(this.traced.recording, point, decider),
        prefix,
        recover: (image) => this.#recover(image),
        memory: this.#memory,
      }),
    });
    const running = [search([])];
    let complete = !this.#stopping;
    while (running.length > 0 && !this.#stopping) {
      const at = this.pick?.(running.length) ?? 0;
      const current = running[at]!;
      const leaf = current.search.next();
      if (!leaf) running.splice(at, 1);
      else {
        const { decisions, judgement, remembered } = leaf;
        this.onLeaf({
          type: 'leaf',
          task: 0,
          point: id,
          decisions: encodeDecisions(decisions),
          problems: judgement,
          remembered,
        });
        if (!remembered) current.left--;
        if (current.left <= 0) {
          complete &&= current.search.isDone;
          running.splice(at, 1);
        } else if (this.pick?.(3) === 0) {
          const prefix = current.search.donate();
          if (prefix) running.push(search(prefix));
        }
      }
      await Promise.resolve();
    }
    return { point: id, complete: complete && !this.#stopping };
  }

  async judge(id: number, lost: number[]): Promise<{ problems: Problem[] }> {
    await Promise.resolve();
    const image = new CrashImage(this.traced.recording, this.traced.points[id]!, new EagerDecisions(lost));
    return { problems: this.#recover(image) };
  }

  stopExploring(): void {
    this.#stopping = true;
  }

  async close(): Promise<void> {}

  #recover(image: { read(byteOffset: number, into: Buffer): void }): Problem[] {
    this.recoveries++;
    return this.verdict(this.recover(overlayDisk(image)));
  }
}

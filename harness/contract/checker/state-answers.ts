import { join } from 'node:path';
import type { Judgement } from '../../judge/judgement.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import type { History } from '../../model/history.js';
import type { StartedChecker } from '../../server/programs.js';
import { type ContractCrashPoint, toldInHistory } from '../crash/points.js';
import { type CheckerRunner, checkerRunner } from './checker-process.js';
import { ReusedDirectory } from './reused-directory.js';

/** A crash state to be judged. */
export interface AskedState {
  /** Equal for states that the checker could not tell apart. */
  key: string;
  tree: DirectoryTree;
  point: ContractCrashPoint;
}

export interface StateAnswersOptions {
  history: History;
  checker: StartedChecker;
  env: NodeJS.ProcessEnv;
  /** An existing folder for crash directories; emptied afterwards. */
  workDir: string;
  /** Checkers at once. */
  lanes: number;
  signal?: AbortSignal | undefined;
  onAsked?: ((asked: number) => void) | undefined;
}

interface Lane {
  runner: CheckerRunner;
  directory: ReusedDirectory;
}

/** What a checker says of crash states: each is written into a directory and shown once, so many at a time. */
export class StateAnswers {
  private readonly known = new Map<string, Promise<Judgement | null>>();
  private readonly lanes: Lane[];
  private readonly free: Lane[];
  private readonly waiting: ((lane: Lane) => void)[] = [];
  private readonly stop = (): void => this.endCheckers();
  /** States shown so far. */
  asked = 0;
  /** When nothing new is shown any more, by performance.now(); null: never. */
  until: number | null = null;

  constructor(private readonly options: StateAnswersOptions) {
    const { checker, env, workDir, lanes, signal } = options;
    this.lanes = Array.from({ length: lanes }, (_, lane) => ({
      runner: checkerRunner({ checker, env, stateFile: join(workDir, `state-${lane}.json`) }),
      directory: new ReusedDirectory(join(workDir, `state-${lane}`)),
    }));
    this.free = [...this.lanes];
    signal?.addEventListener('abort', this.stop, { once: true });
  }

  /** null: the time is over, and the state was not shown before. */
  of(state: AskedState): Promise<Judgement | null> {
    const known = this.known.get(state.key);
    if (known) return known;
    if (this.outOfTime) return Promise.resolve(null);
    const answer = this.ask(state);
    this.known.set(state.key, answer);
    return answer;
  }

  get outOfTime(): boolean {
    return this.until !== null && performance.now() > this.until;
  }

  close(): void {
    this.options.signal?.removeEventListener('abort', this.stop);
    this.endCheckers();
    for (const { directory } of this.lanes) directory.remove();
  }

  private forgotten(key: string): null {
    this.known.delete(key);
    return null;
  }

  private endCheckers(): void {
    for (const { runner } of this.lanes) runner.close();
  }

  private async ask({ tree, point, key }: AskedState): Promise<Judgement | null> {
    const { history, checker, signal } = this.options;
    const lane = this.free.pop() ?? (await new Promise<Lane>((resolve) => this.waiting.push(resolve)));
    try {
      signal?.throwIfAborted();
      // While it waited for its turn.
      if (this.outOfTime) return this.forgotten(key);
      this.asked++;
      this.options.onAsked?.(this.asked);
      // What another checker left in the background may still be at work there.
      if (!checker.attended) lane.directory.remove();
      lane.directory.show(tree);
      const state = {
        directory: lane.directory.path,
        ...toldInHistory(history, point),
        crash_point: { log_index: point.position, reason: point.reason, acks: point.acks },
      };
      const left = this.until === null ? undefined : Math.max(1, this.until - performance.now());
      const judgement = await lane.runner.check(state, left);
      // What one says that was ended because of it is no answer.
      signal?.throwIfAborted();
      // It was ended because of the time that the user set, which says nothing about the state.
      const isEnded = this.outOfTime && judgement.problems.some(({ outcome }) => outcome === 'unknown');
      return isEnded ? this.forgotten(key) : judgement;
    } finally {
      const next = this.waiting.shift();
      if (next) next(lane);
      else this.free.push(lane);
    }
  }
}

import { promiseBreaches } from '../contract/breach/promise-breaches.js';
import type { Uncertainty } from '../contract/breach/uncertainty.js';
import { searchAllowed } from '../contract/checker/check-states.js';
import { StateAnswers } from '../contract/checker/state-answers.js';
import type { SourceLines } from '../contract/sources/source-lines.js';
import { Wording } from '../contract/words/wording.js';
import type { SyncChanges } from '../model/durability.js';
import type { History } from '../model/history.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { promisesOf, speaksOfFiles } from '../promise/promises.js';
import type { Promise_ } from '../scenario/schema/promise.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { checkerOfMany } from '../server/programs.js';

/** What a test says to a program that was changed. */
export type Answer =
  | { result: 'killed' | 'unknown'; reason: string }
  /** It accepts every state that was shown to it, and those are all that its search speaks of. */
  | { result: 'survived' };

/** The test under test: a scenario's promises and its checker, asked by one persistence model. */
export class TheTest {
  private readonly promises: Promise_;

  constructor(
    private readonly of: {
      scenario: Scenario;
      history: History;
      model: PersistenceModel;
      sources: SourceLines;
      /** The checker's environment. */
      env: NodeJS.ProcessEnv;
      /** An existing folder for crash directories. */
      workDir: string;
      signal?: AbortSignal | undefined;
    },
  ) {
    this.promises = promisesOf(of.scenario);
  }

  /** It promises nothing, and no checker looks. */
  get checksNothing(): boolean {
    const { checker, promise } = this.of.scenario;
    return !checker && !promise?.owed && !speaksOfFiles(this.promises);
  }

  async ask(changes: SyncChanges): Promise<Answer> {
    const byPromise = this.askPromises(changes);
    if (byPromise.result === 'killed' || !this.of.scenario.checker) return byPromise;
    const byChecker = await this.askChecker(changes);
    return byChecker.result === 'survived' ? byPromise : byChecker;
  }

  private askPromises(changes: SyncChanges): Answer {
    const { history, model, sources } = this.of;
    const note: Uncertainty[] = [];
    const breaches = promiseBreaches({ history, model, promises: this.promises, changes, note });
    const [finding] = new Wording(history, model, sources).findings(breaches);
    if (finding) return { result: 'killed', reason: finding.property };
    const [uncertain] = note;
    return uncertain ? { result: 'unknown', reason: uncertain.reason } : { result: 'survived' };
  }

  private async askChecker(changes: SyncChanges): Promise<Answer> {
    const { scenario, history, model, env, workDir, signal } = this.of;
    const answers = new StateAnswers({
      history,
      checker: checkerOfMany(scenario)!,
      env,
      workDir,
      lanes: 1,
      signal,
    });
    const { explore } = scenario;
    const ignored = scenario.promise?.ignore ?? [];
    const checked = await searchAllowed({ history, model, explore, answers, ignored, changes }).finally(() =>
      answers.close(),
    );
    const [broken] = checked.broken;
    if (broken) return { result: 'killed', reason: `the checker: ${broken.problem.detail}` };
    const [unknown] = checked.unknown;
    if (unknown !== undefined) return { result: 'unknown', reason: unknown };
    if (checked.coverage.systematic) return { result: 'survived' };
    return { result: 'unknown', reason: `not looked at: ${checked.coverage.unseen.join('; ')}` };
  }
}

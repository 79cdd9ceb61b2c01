import { type Breach, type Failure as BreachFailure, breachKind, promiseText } from '../promise/breach.js';
import type { Trouble } from '../server/trouble.js';
import type { FindingKind } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';

/** What became of a kernel that was to recover a crash state; `end`: it ended and did not say why. */
export type RecoveryLoss = 'panic' | 'bug' | 'memory' | 'hang' | 'end';

/** How something is not what it was promised to be. Together with kind and path it names a finding. */
export type Failure =
  | BreachFailure
  | 'does not mount'
  | 'does not unmount'
  | 'fsck'
  | `recovery lost: ${RecoveryLoss}`
  | 'checker'
  | Trouble;

/** One broken promise in one crash state, or one thing that kept it from being judged. */
export interface Problem {
  outcome: 'violation' | 'unknown';
  kind: FindingKind;
  /** The path it is about; null when it is about the whole file system or what a checker looks at. */
  path: string | null;
  failure: Failure;
  /** What is there and what should be, for people. */
  detail: string;
  /** The promise, in words. */
  promise: string;
  /** The last lines that a checker wrote to standard error with its verdict, where there are any. */
  errors?: string[];
  /** The promise about a path that is broken; absent where a checker or a whole file system is the matter. */
  breach?: Pick<Breach, 'rule' | 'manner'>;
}

/** A broken promise as one of the things that can be wrong with a crash state. */
export function problemOf(breach: Breach): Problem {
  const { rule, manner, outcome, path, failure, detail } = breach;
  return {
    outcome,
    kind: breachKind(rule),
    path,
    failure,
    detail,
    promise: promiseText(breach),
    breach: { rule, manner },
  };
}

/** What an oracle says of one crash state. No problem is a pass. */
export interface Judgement {
  problems: Problem[];
}

export function outcomeOf({ problems }: Judgement): Outcome {
  return worst(problems.map((problem) => problem.outcome));
}

/** Problems with the same signature are the same finding seen in different crash states. */
export function signatureOf({ outcome, kind, path, failure, promise }: Problem): string {
  return JSON.stringify([outcome, kind, path, failure, promise]);
}

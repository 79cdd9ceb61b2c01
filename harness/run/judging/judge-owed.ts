/**
 * The promise `owed`, asked of every distinct tree that recoveries ended in, at each crash point it was seen at. What
 * cannot be asked makes the outcome `unknown`, with the reason: of a storage nothing is proven by silence.
 */
import type { JudgedLog } from '../../contract/judge-log.js';
import { explorable } from '../../explore/recording.js';
import type { RecoveredTree, RecoveredTrees, SeenState } from '../../explore/recovered-trees.js';
import type { History } from '../../model/history.js';
import { type OwedAnswer, OwedJudge } from '../../promise/owed.js';
import type { OwedRules } from '../../promise/owed-rules.js';
import { openTrace, type Trace } from '../../trace/trace.js';
import { worst } from '../../verdict/outcome.js';
import { storageLabel } from '../planning/storage-label.js';
import { momentsOf } from './crash-moments.js';
import type { JudgedTrace } from './judged-trace.js';
import { OwedFindings } from './owed-findings.js';

/**
 * Writes what it finds into the observed verdict.
 *
 * @param contract null when the system calls were not judged
 * @returns digests of the trees that are a breach by the storage: no model has to explain them
 */
export function judgeOwed(
  rules: OwedRules,
  options: {
    contract: JudgedLog | null;
    judged: JudgedTrace;
    traceFolder: string;
    runFolder: string;
    signal?: AbortSignal | undefined;
  },
): Set<string> {
  const { contract, judged, traceFolder, runFolder, signal } = options;
  const breached = new Set<string>();
  const reasons = unaskable(contract, judged);
  const history = contract?.history;
  if (history && judged.trees) {
    const trace = openTrace(traceFolder);
    try {
      const { points } = explorable(trace);
      const { scenario, storage } = trace.manifest;
      const findings = new OwedFindings(judged, trace, points, {
        storage: storageLabel(scenario.storage[storage]!),
        runFolder,
        mostListed: scenario.explore.max_findings,
      });
      const ask = asker(rules, contract, history, trace);
      let undecided = 0;
      for (const { digest, tree, states } of judged.trees) {
        signal?.throwIfAborted();
        const answers = states.map((state) => ({ state, ...ask(tree, state) }));
        for (const { state, breach } of answers) {
          if (!breach) continue;
          breached.add(digest);
          findings.add(breach, tree, state);
        }
        if (answers.some((answer) => answer.undecided)) undecided++;
      }
      findings.keep();
      if (undecided > 0)
        reasons.push(`${undecided} recovered trees could have come about in too many ways to try`);
      const calls = history.steps.filter(({ sync }) => sync !== null && sync.errno === null).length;
      judged.notes.push(
        `owed by ${rules === 'posix' ? 'posix' : 'posix and linux'}: ${judged.trees.distinct} distinct recovered trees held against ${calls} calls that make something durable`,
      );
    } finally {
      trace.close();
    }
  }
  if (reasons.length > 0) {
    judged.outcome = worst([judged.outcome, 'unknown']);
    judged.notes.push(...reasons.map((reason) => `unknown whether the storage kept what it owed: ${reason}`));
  }
  return breached;
}

/**
 * Whether a breach was seen already. A storage that keeps nothing would be searched to the end of any budget: nothing on
 * it ever becomes durable.
 */
export function breachSeen(
  rules: OwedRules,
  { contract, trees, traceFolder }: { contract: JudgedLog; trees: RecoveredTrees; traceFolder: string },
): boolean {
  const { history } = contract;
  if (!history || history.doubts.some(({ path }) => path === null)) return false;
  const trace = openTrace(traceFolder);
  try {
    const ask = asker(rules, contract, history, trace);
    for (const { tree, states } of trees)
      if (states.some((state) => ask(tree, state).breach !== null)) return true;
    return false;
  } finally {
    trace.close();
  }
}

function asker(
  rules: OwedRules,
  contract: JudgedLog,
  history: History,
  trace: Trace,
): (tree: RecoveredTree, state: SeenState) => OwedAnswer {
  const momentAt = momentsOf(history, contract.calls, trace, explorable(trace).points);
  const judge = new OwedJudge(history, rules);
  return (tree, { point }) => judge.judge(tree, momentAt(point));
}

/** Why not every recovered state can be asked. */
function unaskable(contract: JudgedLog | null, { trees, resumedPoints, nested }: JudgedTrace): string[] {
  const reasons: string[] = [];
  const history = contract?.history;
  if (!history)
    reasons.push(
      'the system calls were not followed, and they tell what is owed (it takes strace and the contract engine)',
    );
  const doubt = history?.doubts.find(({ path }) => path === null);
  if (doubt) reasons.push(`not all that the program did is known: ${doubt.reason}`);
  if (!trees) reasons.push('recovered trees were not looked at');
  else if (trees.missed > 0)
    reasons.push(
      `${trees.missed} recoveries ended in trees that were not looked at: they are too large, or too many`,
    );
  if (resumedPoints > 0)
    reasons.push(
      `${resumedPoints} crash points were taken over from an interrupted run, without their trees`,
    );
  if (nested) reasons.push('states of recoveries that were crashed again were not looked at');
  return reasons;
}

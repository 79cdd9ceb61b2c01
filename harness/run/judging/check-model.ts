/**
 * The soundness check of persistence models: each distinct tree that a recovery ended in must be one that the model of
 * that file system allows at that crash point. If it is not, and lacks what a call that returned owed by POSIX, the
 * storage broke its promise. Else the model is wrong, or our replay of the system calls is: then nothing that was said
 * about the contract can be trusted, and its outcome is `unknown`.
 */

import { join } from 'node:path';
import type { JudgedLog } from '../../contract/judge-log.js';
import type { CrashPoint } from '../../explore/crash-points.js';
import { explorable } from '../../explore/recording.js';
import type { RecoveredTree, RecoveredTrees, SeenState } from '../../explore/recovered-trees.js';
import { AllowedStates } from '../../model/allowed/allowed-states.js';
import type { CrashMoment } from '../../model/allowed/crash-moment.js';
import type { History } from '../../model/history.js';
import { type Description, modelsOfStorage } from '../../model/models-of-storage.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { OwedJudge } from '../../promise/owed.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { readSuperblock } from '../../superblock/read-superblock.js';
import { type BytePath, displayPath } from '../../syscalls/byte-path.js';
import { readManifest } from '../../trace/manifest.js';
import { openTrace } from '../../trace/trace.js';
import type { ModelCheck } from '../../verdict/results.js';
import { storageLabel } from '../planning/storage-label.js';
import { momentsOf } from './crash-moments.js';
import { foundText } from './found-text.js';
import type { JudgedTrace } from './judged-trace.js';
import { keepStates } from './keep-states.js';
import { OwedFindings } from './owed-findings.js';

/** The models that describe the storage of a trace. */
export function describedBy(traceFolder: string): Description {
  const { scenario, storage: index, features: told } = readManifest(traceFolder);
  const features = told ?? readSuperblock(join(traceFolder, 'base.img'))?.features ?? [];
  const storage = scenario.storage[index]!;
  return modelsOfStorage(storage, features, scenario.models);
}

/** Some 20 s of an idle processor (`AllowedStates.work`); counted, so that a busy one compares as much. */
const mostWork = 15_000_000;
/** States that a model does not allow and that are told in full. */
const shownLimit = 3;

interface Disallowed {
  model: PersistenceModel;
  tree: RecoveredTree;
  state: SeenState;
  path: BytePath;
  reason: string;
}

/** Writes what it finds into both verdicts. */
export function checkModel(options: {
  description: Description;
  contract: JudgedLog;
  judged: JudgedTrace;
  traceFolder: string;
  runFolder: string;
  /** Digests of trees that are known to be a breach by the storage. */
  breached: ReadonlySet<string>;
  /** What the user's time leaves for it; null: as long as it takes. */
  timeMs: number | null;
  signal?: AbortSignal | undefined;
}): void {
  const { description, contract, judged, traceFolder, runFolder, breached, signal } = options;
  const { models, lack } = description;
  const { trees } = judged;
  const why = lack ?? uncomparable(contract, trees);
  if (why !== null || !trees || !contract.history) {
    contract.notes.push(`recovered states were not compared with a persistence model: ${why}`);
    return;
  }
  const trace = openTrace(traceFolder);
  try {
    const { points } = explorable(trace);
    const momentAt = momentsOf(contract.history, contract.calls, trace, points);
    const check = new TreeCheck(contract.history, models, momentAt);
    check.run(trees, breached, { timeMs: options.timeMs, signal });
    judged.coverage.model_check = check.result(trees);
    contract.notes.push(...check.limits(trees, judged));
    const { scenario, storage } = trace.manifest;
    const label = storageLabel(scenario.storage[storage]!);
    // What POSIX owes and is not there is the storage's doing, and no model has to explain it.
    const findings = new OwedFindings(judged, trace, points, {
      storage: label,
      runFolder,
      mostListed: scenario.explore.max_findings,
    });
    const owed = new OwedJudge(contract.history, 'posix');
    const unexplained = check.disallowed.filter(({ tree, state }) => {
      const { breach } = owed.judge(tree, momentAt(state.point));
      if (breach) findings.add(breach, tree, state);
      return breach === null;
    });
    findings.keep();
    if (unexplained.length === 0) return;
    contract.outcome = 'unknown';
    const shown = unexplained.slice(0, shownLimit);
    for (const [i, one] of shown.entries()) {
      const point = points[one.state.point]!;
      contract.notes.push(disallowedText(one, { id: `M${i + 1}`, label, point, run: runFolder }));
    }
    if (unexplained.length > shown.length)
      contract.notes.push(
        `${unexplained.length - shown.length} more recovered states are not allowed by their model`,
      );
    keepStates(runFolder, new Map(shown.map(({ state }, i) => [`M${i + 1}`, state])));
  } finally {
    trace.close();
  }
}

/** Why what was seen cannot be compared with what the calls did; null when it can. */
function uncomparable({ history }: JudgedLog, trees: RecoveredTrees | null): string | null {
  if (!trees) return 'they were not looked at';
  if (!history) return 'the system calls could not be followed';
  const doubt = history.doubts.find(({ path }) => path === null);
  return doubt ? `not all that the program did is known: ${doubt.reason}` : null;
}

class TreeCheck {
  readonly disallowed: Disallowed[] = [];
  private readonly states: AllowedStates[];
  private checked = 0;
  private undecided = 0;

  constructor(
    history: History,
    models: readonly PersistenceModel[],
    private readonly moments: (point: number) => CrashMoment,
  ) {
    this.states = models.map((model) => new AllowedStates(history, model));
  }

  run(
    trees: RecoveredTrees,
    breached: ReadonlySet<string>,
    { timeMs, signal }: { timeMs: number | null; signal?: AbortSignal | undefined },
  ): void {
    const until = performance.now() + (timeMs ?? Number.POSITIVE_INFINITY);
    for (const { digest, tree, states } of trees) {
      // Models speak of whole writes.
      const whole = states.filter(({ torn }) => !torn);
      if (whole.length === 0) continue;
      if (breached.has(digest)) {
        this.checked++;
        continue;
      }
      if (performance.now() > until || this.work > mostWork) return;
      signal?.throwIfAborted();
      let decided = true;
      for (const allowed of this.states) {
        const answer = this.firstDisallowed(allowed, tree, whole);
        if (answer === 'undecided') decided = false;
        else if (answer) this.disallowed.push(answer);
      }
      if (decided) this.checked++;
      else this.undecided++;
    }
  }

  private get work(): number {
    return this.states.reduce((sum, { work }) => sum + work, 0);
  }

  result({ distinctWhole: distinct }: RecoveredTrees): ModelCheck {
    return {
      models: this.states.map(({ model }) => model.name),
      scope: 'whole writes',
      recovered_states: distinct,
      checked: this.checked,
      not_allowed: new Set(this.disallowed.map(({ tree }) => tree)).size,
    };
  }

  /** What was left out, and why. */
  limits(
    { distinctWhole: distinct, missed }: RecoveredTrees,
    { resumedPoints, nested }: JudgedTrace,
  ): string[] {
    const notes: string[] = [];
    const names = this.states.map(({ model }) => model.name).join(' and ');
    const late = distinct - this.checked - this.undecided;
    const of = `${distinct} distinct recovered states, ${this.checked} compared with ${names}`;
    if (late > 0)
      notes.push(`${of}: the other ${late} were left out, since they are too many, or the time was over`);
    if (this.undecided > 0)
      notes.push(`${of}: ${this.undecided} could have come about in too many ways to try`);
    if (missed > 0)
      notes.push(
        `${missed} recoveries ended in trees that were not looked at: they are too large, or too many`,
      );
    if (resumedPoints > 0)
      notes.push(
        `recovered states of ${resumedPoints} crash points, taken over from an interrupted run, were not compared with ${names}`,
      );
    if (nested) notes.push(`states of recoveries that were crashed again were not compared with ${names}`);
    return notes;
  }

  private firstDisallowed(
    allowed: AllowedStates,
    tree: RecoveredTree,
    states: readonly SeenState[],
  ): Disallowed | 'undecided' | null {
    let undecided = false;
    for (const state of states) {
      const { nodes, unreadable } = tree;
      const answer = allowed.allows(nodes, { moment: this.moments(state.point), unreadable });
      if (!answer.allowed)
        return { model: allowed.model, tree, state, path: answer.path, reason: answer.reason };
      undecided ||= answer.undecided ?? false;
    }
    return undecided ? 'undecided' : null;
  }
}

function disallowedText(
  { model, tree, state, path, reason }: Disallowed,
  { id, label, point, run }: { id: string; label: string; point: CrashPoint; run: string },
): string {
  const lost = state.lost.length === 0 ? 'nothing pending lost' : `${state.lost.length} pending writes lost`;
  return (
    `unknown: the persistence model ${model.name} is wrong about ${label}, or plugpull's replay of the system calls is: ` +
    `after a power cut at log entry ${point.logIndex} (${lost}) ${displayPath(path)} ${reason}; ` +
    `found: ${foundText(tree, path)}; look at it with plugpull mount ${shellQuote(run)} ${id}`
  );
}

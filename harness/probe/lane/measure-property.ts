/**
 * One workload of a persistence property under one schedule: all its crash states, whatever is found on the way, each held
 * against the property, and against the models that describe the file system.
 */
import { AllowedStates } from '../../model/allowed/allowed-states.js';
import { treeOf as logicalTree } from '../../model/logical-state.js';
import { modelsOfStorage } from '../../model/models-of-storage.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { superblockOn } from '../../superblock/read-superblock.js';
import { historyOf } from '../executor/call-history.js';
import { treeOf } from '../judge/storage-oracle.js';
import type { Counterexample, PropertyAnswer, Refuted } from '../properties/answer.js';
import { propertyNamed } from '../properties/catalogue.js';
import { granularityOf, type PropertyWorkload } from '../properties/property.js';
import { Shown } from '../properties/shown.js';
import { printWorkload } from '../workload/workload.js';
import { type CrashLeaf, CrashSearch, type Executed, execute, type ProbeBench } from './crash-search.js';
import type { PropertyTask } from './messages.js';
import { SeatLostError } from './seat.js';

/** @param models asked whether a crash may leave what one left */
export function measureProperty(
  { property, nth, schedule }: PropertyTask,
  bench: ProbeBench,
  models: readonly PersistenceModel[] = describing(bench),
): PropertyAnswer {
  const one = propertyNamed(property);
  const asked = one.workloads[nth]!;
  const nothing = { points: 0, states: '0', recoveries: 0, exhaustive: false, allowed: null };
  try {
    const executed = execute(asked.workload, bench, schedule);
    return {
      ...nothing,
      ...('outcome' in executed
        ? executed
        : measured(asked, executed, { ...bench, granularity: granularityOf(one) }, models)),
    };
  } catch (error) {
    if (!(error instanceof SeatLostError)) throw error;
    return { ...nothing, outcome: 'unknown', reason: error.message };
  }
}

/** The models that say what a crash may leave on this file system. */
function describing({ storage, base }: ProbeBench): readonly PersistenceModel[] {
  const superblock = superblockOn((offset, into) => base.read(offset, into));
  return modelsOfStorage(storage, superblock?.features ?? [], []).models;
}

function measured(
  asked: PropertyWorkload,
  executed: Executed,
  bench: ProbeBench,
  described: readonly PersistenceModel[],
): PropertyAnswer {
  const breachOf = breaches(asked, executed);
  const models = new Models(asked, executed, described);
  let counterexample: Counterexample | null = null;
  let refuted: Refuted | null = null;
  const told = new CrashSearch(asked.workload, executed, bench).run((leaf) => {
    const text = breachOf(leaf);
    if (text !== null && (counterexample === null || leaf.lost < counterexample.lost))
      counterexample = exampleOf(text, leaf);
    const refusal = models.refusal(leaf);
    if (refusal && refuted === null) refuted = { ...exampleOf(refusal.text, leaf), model: refusal.model };
    return true;
  });
  const found = {
    ...told,
    allowed: models.allowed,
    // Assigned in the visit.
    ...((counterexample as Counterexample | null) && { counterexample: counterexample! }),
    ...((refuted as Refuted | null) && { refuted: refuted! }),
  };
  if (counterexample) return { ...found, outcome: 'broken' };
  if (told.exhaustive) return { ...found, outcome: 'holds' };
  return {
    ...found,
    outcome: 'unknown',
    reason: `not all crash states within ${bench.limit} recoveries`,
  };
}

function exampleOf(text: string, { moment, pending, lost, torn }: CrashLeaf): Counterexample {
  return { text, after: moment.returned, pending, lost, torn };
}

/** Asked once for each tree. */
function breaches(
  { workload, breach }: PropertyWorkload,
  executed: Executed,
): (leaf: CrashLeaf) => string | null {
  const initial = treeOf(executed.tree).nodes;
  const writers = printWorkload({ setup: [], body: [...workload.setup, ...workload.body] });
  const before = Array.from({ length: workload.body.length + 1 }, (_, done) => {
    const { history } = historyOf(workload, initial, done);
    return new Shown({ nodes: logicalTree(history.root), unreadable: new Map() }, writers);
  });
  const known = new Map<string, string | null>();
  return ({ state: { digest, tree, error } }) => {
    let text = known.get(digest);
    if (text === undefined) {
      text = tree ? breach(new Shown(tree, writers), before) : `nothing: it does not mount (${error})`;
      known.set(digest, text);
    }
    return text;
  };
}

/** Models, asked whether a crash may leave what one left. */
class Models {
  /** Recovered states that each model allows; null: there is none. */
  allowed: number | null;
  readonly #states: AllowedStates[];
  readonly #before: readonly number[];

  constructor({ workload }: PropertyWorkload, executed: Executed, models: readonly PersistenceModel[]) {
    const { history, before } = historyOf(workload, treeOf(executed.tree).nodes);
    this.#states = models.map((model) => new AllowedStates(history, model));
    this.#before = before;
    this.allowed = models.length === 0 ? null : 0;
  }

  refusal({ state: { tree }, moment }: CrashLeaf): { model: string; text: string } | null {
    if (this.allowed === null || !tree) return null;
    const at = { begun: this.#before[moment.begun]!, returned: this.#before[moment.returned]! };
    for (const states of this.#states) {
      const answer = states.allows(tree.nodes, { moment: at, unreadable: tree.unreadable });
      if (!answer.allowed) return { model: states.model.name, text: `${answer.path}: ${answer.reason}` };
    }
    this.allowed++;
    return null;
  }
}

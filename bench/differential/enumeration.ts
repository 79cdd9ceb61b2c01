/** The snapshot promise by brute force: every state that a model allows at one position, where these are few. */
import { crashChoices } from '../../harness/contract/crash-choices.js';
import { CrashTrees } from '../../harness/contract/crash-tree.js';
import { crashUnits, pendingAt } from '../../harness/contract/crash-units.js';
import type { DirectoryTree } from '../../harness/model/directory-tree.js';
import { durability } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';

const everyChoice = { exhaustiveUnits: 13, limit: 1 << 13, seed: 1 };

/** The crash trees a model allows at a position, or null when there are too many. */
export function enumerateCrashTrees(
  history: History,
  model: PersistenceModel,
  position: number,
): DirectoryTree[] | null {
  const durable = durability(history, model);
  const set = crashUnits(pendingAt(history.effects, durable, position), model);
  if (set.units.length > everyChoice.exhaustiveUnits) return null;
  const trees = new CrashTrees(history, durable, position, set);
  return crashChoices(set, everyChoice).choices.map((choice) => trees.tree(choice));
}

/** What the program saw then. */
export function visibleAt(history: History, position: number): DirectoryTree {
  const durable = { since: new Float64Array(history.effects.length).fill(0), failedBy: new Map() };
  return new CrashTrees(history, durable, position, { units: [], requires: [] }).tree([]);
}

/** Every name of the ack's tree leads to the same bytes. */
export function keeps(visible: DirectoryTree, crashed: DirectoryTree): boolean {
  for (const [path, node] of visible) {
    const other = crashed.get(path);
    if (!other || other.kind !== node.kind) return false;
    if (node.content && node.content.firstDifference(other.content!) >= 0) return false;
  }
  return true;
}

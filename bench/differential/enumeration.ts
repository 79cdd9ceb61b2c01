/** Promises by brute force: every state that a model allows, where these are few, as the judge of recovered trees sees it. */
import { crashChoices } from '../../harness/contract/crash/choices.js';
import { contractCrashPoints } from '../../harness/contract/crash/points.js';
import { CrashTrees } from '../../harness/contract/crash/tree.js';
import { crashUnits, pendingAt } from '../../harness/contract/crash/units.js';
import type { DirectoryTree } from '../../harness/model/directory-tree.js';
import { durability } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';
import type { Breach } from '../../harness/promise/breach.js';
import { breachesOf, claimsAfter } from '../../harness/promise/claims.js';
import type { Law } from '../../harness/promise/law.js';
import type { Promised } from '../../harness/promise/promises.js';
import type { RecoveredEntry, RecoveredTree } from '../../harness/promise/recovered-tree.js';
import { TracedCourse } from '../../harness/promise/traced-course.js';
import { WatchedCourse } from '../../harness/promise/watched-course.js';
import { displayPath, toBytePath } from '../../harness/syscalls/byte-path.js';
import type { Xattrs } from '../../harness/trace/attributes.js';
import type { TreeEntry } from '../../harness/trace/events.js';
import type { FileBytes } from '../../harness/trace/file-bytes.js';
import type { Snapshot } from '../../harness/trace/observations.js';

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

/**
 * What the states that a model allows break of the promises, each breach once; null when there are too many states.
 * @param law what is owed; another one only to show that forgetting a part of it would be noticed
 */
export function enumeratedBreaches(
  history: History,
  model: PersistenceModel,
  promises: Promised,
  law?: Law,
): Breach[] | null {
  const found = new Map<string, Breach>();
  for (const { position, acks } of crashPointsOf(history, model)) {
    const trees = enumerateCrashTrees(history, model, position);
    if (!trees) return null;
    const claims = claimsAfter(courseOf(history, position), acks, promises, law);
    for (const tree of trees) {
      for (const breach of breachesOf(new EnumeratedTree(tree), claims))
        found.set(`${breach.rule} ${breach.path} ${breach.failure} ${breach.outcome}`, breach);
    }
  }
  return [...found.values()];
}

/** Besides the points that show every state, one behind each call: what is owed changes there. */
function crashPointsOf(history: History, model: PersistenceModel): { position: number; acks: number }[] {
  const behindCalls = history.steps.map(({ exit }) => ({
    position: exit + 0.25,
    acks: history.acks.filter(({ at }) => at < exit + 0.25).length,
  }));
  return [...contractCrashPoints(history, durability(history, model)), ...behindCalls];
}

/** What a recording of the run would know that ends at a position: the tree at the start, at each ack and at the end, and its calls. */
export function courseOf(history: History, until = history.end): TracedCourse {
  const contents = new Map<TreeEntry, FileBytes>();
  const snapshots: Snapshot[] = [
    snapshotAt(history, -1, 0, false, contents),
    ...history.acks.map(({ at }, index) => snapshotAt(history, at, index + 1, false, contents)),
    snapshotAt(history, history.end, history.acks.length, true, contents),
  ];
  const watched = new WatchedCourse({ snapshots, content: (entry) => contents.get(entry)! });
  return new TracedCourse(watched, () => history, until);
}

function snapshotAt(
  history: History,
  position: number,
  acks: number,
  final: boolean,
  contents: Map<TreeEntry, FileBytes>,
): Snapshot {
  const tree = new Map<string, TreeEntry>();
  for (const [path, { kind, identity, mode, content, target }] of visibleAt(history, position)) {
    if (path === '') continue;
    const entry: TreeEntry = {
      path: displayPath(path),
      type: kind === 'special' ? 'other' : kind,
      ino: Number(identity),
      mode,
      size: content?.size ?? 0,
      ctime_ns: `${position}`,
      ...(target === null ? {} : { target: displayPath(target) }),
    };
    if (content) contents.set(entry, content.fileBytes());
    tree.set(entry.path, entry);
  }
  // A watcher that saw nothing: whatever lies in between is asked of the calls.
  return { acks, final, tree, touched: null };
}

/** A tree held in memory, as if it had been recovered. */
export class EnumeratedTree implements RecoveredTree {
  constructor(private readonly tree: DirectoryTree) {}

  look(path: string): RecoveredEntry {
    const node = this.tree.get(toBytePath(path));
    if (!node) throw Object.assign(new Error(`${path} is not there`), { code: 'ENOENT', errno: -2 });
    const { kind, mode, content, target } = node;
    return {
      type: kind === 'special' ? 'other' : kind,
      mode,
      uid: 0,
      gid: 0,
      size: content?.size ?? 0,
      ...(target === null ? {} : { target: displayPath(target) }),
    };
  }

  lookInto(
    path: string,
    { lengthBytes, whole }: { lengthBytes: number; whole: boolean },
  ): RecoveredEntry & { content: FileBytes | null } {
    const entry = this.look(path);
    const fits = whole ? entry.size === lengthBytes : entry.size >= lengthBytes;
    const content = this.tree.get(toBytePath(path))!.content;
    return { ...entry, content: content && fits ? content.fileBytes().first(lengthBytes) : null };
  }

  /** None: states differ in names and bytes only. */
  xattrs(): Xattrs {
    return {};
  }
}

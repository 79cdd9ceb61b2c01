/**
 * Compares a recovered directory with what is owed. Reads only what an obligation is about, and of that no
 * more than it needs: every block read is a block whose fate has to be decided.
 */
import { errorCode } from '../attach/libc.js';
import type { TreeEntry } from '../trace/events.js';
import type { Failure, Problem } from './judgement.js';
import { type Obligation, promiseText } from './obligation.js';
import type { RecoveredEntry, RecoveredTree } from './recovered-tree.js';

type ContentOf = (entry: TreeEntry) => Buffer;
/** null: all is well. */
type Difference = { failure: Failure; detail: string } | null;

export function checkTree(
  tree: RecoveredTree,
  obligations: readonly Obligation[],
  contentOf: ContentOf,
): Problem[] {
  return obligations.flatMap((obligation) => {
    const problem = check(tree, obligation, contentOf);
    return problem ? [problem] : [];
  });
}

function check(tree: RecoveredTree, obligation: Obligation, contentOf: ContentOf): Problem | null {
  const promise = promiseText(obligation);
  const broken = (path: string, difference: Difference): Problem | null =>
    difference && { outcome: 'violation', kind: 'durability', path, promise, ...difference };
  switch (obligation.rule) {
    case 'unchanged':
      return broken(obligation.entry.path, compare(tree, obligation.entry, contentOf, 'whole'));
    case 'extended':
      return unlessUncertain(
        broken(obligation.entry.path, compare(tree, obligation.entry, contentOf, 'beginning')),
        obligation.certain,
      );
    case 'exists':
      return unlessUncertain(
        broken(obligation.entry.path, compare(tree, obligation.entry, contentOf, 'type')),
        obligation.certain,
      );
    case 'moved': {
      const { entry, to, certain } = obligation;
      const old = compare(tree, entry, contentOf, 'whole');
      if (!old || !compare(tree, { ...entry, path: to }, contentOf, 'whole')) return null;
      return unlessUncertain(
        broken(entry.path, { ...old, detail: `${old.detail}, and ${to} does not hold it either` }),
        certain,
      );
    }
    case 'replaced': {
      const { old, new: replacement, versions, removed } = obligation;
      const difference = compare(tree, old, contentOf, 'whole');
      if (!difference || !compare(tree, replacement, contentOf, 'whole')) return null;
      if (difference.failure === 'missing' && removed) return null;
      return doubtful(broken(old.path, difference)!, versions);
    }
    case 'atomic': {
      const { path, old, new: replacement, versions } = obligation;
      const optional = old === null || replacement === null;
      const candidates = [old, replacement].filter((entry) => entry !== null);
      if (candidates.length === 0 && versions === 0) return null;
      const differences = candidates.map((candidate) => compare(tree, candidate, contentOf, 'whole'));
      if (differences.includes(null)) return null;
      // Told against the version of the same size, where there is one: that is the one it was meant to be.
      let difference = differences.find((known) => known?.failure === 'zeros') ?? differences[0] ?? null;
      if (optional && !exists(tree, path)) return null;
      difference ??= { failure: 'different', detail: `${path} is there, though no ack ever saw it` };
      // Without content at the next ack, none of the versions in between is known.
      const unseen = replacement === null && versions !== 0;
      return doubtful({ ...broken(path, difference)!, kind: 'atomicity' }, unseen ? null : versions);
    }
  }
}

/** What the workload itself did to the name in between is not fully known: then nobody can be accused. */
function unlessUncertain(problem: Problem | null, certain: boolean): Problem | null {
  if (problem === null || certain) return problem;
  return {
    ...problem,
    outcome: 'unknown',
    detail: `${problem.detail}; what the workload did to it between the two acks is not fully known: ack more often to tell`,
  };
}

/** Content that is neither old nor new is only wrong for sure when there was no third version in between. */
function doubtful(problem: Problem, versions: number | null): Problem {
  if (problem.failure === 'missing' || (versions !== null && versions <= 1)) return problem;
  const many = versions === null ? 'an unknown number of' : `${versions}`;
  return {
    ...problem,
    outcome: 'unknown',
    detail: `${problem.detail}; between the two acks ${many} versions took this name, and it may be one of them: ack every version to tell`,
  };
}

function compare(
  tree: RecoveredTree,
  entry: TreeEntry,
  contentOf: ContentOf,
  extent: 'whole' | 'beginning' | 'type',
): Difference {
  try {
    if (entry.type === 'file' && extent !== 'type')
      return compareFile(tree, entry, contentOf, extent === 'whole');
    const found = tree.look(entry.path);
    if (found.type !== entry.type) return wrongType(entry, found);
    if (extent === 'whole' && entry.type === 'symlink' && found.target !== entry.target) {
      return {
        failure: 'different',
        detail: `${entry.path} points to ${JSON.stringify(found.target)} instead of ${JSON.stringify(entry.target)}`,
      };
    }
    return null;
  } catch (error) {
    return failed(entry, error);
  }
}

function compareFile(
  tree: RecoveredTree,
  entry: TreeEntry,
  contentOf: ContentOf,
  whole: boolean,
): Difference {
  const expected = contentOf(entry);
  const found = tree.lookInto(entry.path, { lengthBytes: expected.length, whole });
  if (found.type !== 'file') return wrongType(entry, found);
  if (found.content === null) {
    const failure = found.size === 0 ? 'empty' : found.size < expected.length ? 'short' : 'different';
    return { failure, detail: `${entry.path} has ${found.size} bytes instead of ${expected.length}` };
  }
  if (!found.content.equals(expected)) return contentDifference(entry, expected, found.content);
  if (whole && found.mode !== entry.mode) {
    return {
      failure: 'different',
      detail: `${entry.path} has mode ${octal(found.mode)} instead of ${octal(entry.mode)}`,
    };
  }
  return null;
}

function contentDifference(entry: TreeEntry, expected: Buffer, found: Buffer): Difference {
  const at = expected.findIndex((byte, i) => byte !== found[i]);
  const allZero = found.subarray(at).every((byte) => byte === 0);
  return {
    failure: allZero ? 'zeros' : 'different',
    detail: allZero
      ? `${entry.path} reads as zeros from byte ${at} of ${expected.length}`
      : `${entry.path} differs from byte ${at} of ${expected.length}`,
  };
}

function failed(entry: TreeEntry, error: unknown): Difference {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { failure: 'missing', detail: `${entry.path} is missing` };
  if (code === 'ELOOP')
    return { failure: 'wrong type', detail: `${entry.path} is a symbolic link, was a ${entry.type}` };
  if (code === null) throw error;
  return { failure: 'unreadable', detail: `${entry.path} cannot be read: ${code}` };
}

function exists(tree: RecoveredTree, path: string): boolean {
  try {
    tree.look(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

function wrongType(entry: TreeEntry, found: RecoveredEntry): Difference {
  return { failure: 'wrong type', detail: `${entry.path} is a ${found.type}, was a ${entry.type}` };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

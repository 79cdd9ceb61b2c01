/**
 * Compares a recovered directory with what is owed. Reads only what an obligation is about, and of that no
 * more than it needs: every block read is a block whose fate has to be decided.
 */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../attach/libc.js';
import type { TreeEntry } from '../trace/events.js';
import type { Failure, Problem } from './judgement.js';
import { type Obligation, promiseText } from './obligation.js';

type ContentOf = (entry: TreeEntry) => Buffer;
/** null: all is well. */
type Difference = { failure: Failure; detail: string } | null;

export function checkTree(root: string, obligations: readonly Obligation[], contentOf: ContentOf): Problem[] {
  return obligations.flatMap((obligation) => {
    const problem = check(root, obligation, contentOf);
    return problem ? [problem] : [];
  });
}

function check(root: string, obligation: Obligation, contentOf: ContentOf): Problem | null {
  const promise = promiseText(obligation);
  const broken = (path: string, difference: Difference): Problem | null =>
    difference && { outcome: 'violation', kind: 'durability', path, promise, ...difference };
  switch (obligation.rule) {
    case 'unchanged':
      return broken(obligation.entry.path, compare(root, obligation.entry, contentOf, 'whole'));
    case 'extended':
      return unlessUncertain(
        broken(obligation.entry.path, compare(root, obligation.entry, contentOf, 'beginning')),
        obligation.certain,
      );
    case 'exists':
      return unlessUncertain(
        broken(obligation.entry.path, compare(root, obligation.entry, contentOf, 'type')),
        obligation.certain,
      );
    case 'moved': {
      const { entry, to, certain } = obligation;
      const old = compare(root, entry, contentOf, 'whole');
      if (!old || !compare(root, { ...entry, path: to }, contentOf, 'whole')) return null;
      return unlessUncertain(
        broken(entry.path, { ...old, detail: `${old.detail}, and ${to} does not hold it either` }),
        certain,
      );
    }
    case 'replaced': {
      const { old, new: replacement, versions, removed } = obligation;
      const difference = compare(root, old, contentOf, 'whole');
      if (!difference || !compare(root, replacement, contentOf, 'whole')) return null;
      if (difference.failure === 'missing' && removed) return null;
      return doubtful(broken(old.path, difference)!, versions);
    }
    case 'atomic': {
      const { path, old, new: replacement, versions } = obligation;
      const optional = old === null || replacement === null;
      const candidates = [old, replacement].filter((entry) => entry !== null);
      if (candidates.length === 0 && versions === 0) return null;
      const differences = candidates.map((candidate) => compare(root, candidate, contentOf, 'whole'));
      if (differences.includes(null)) return null;
      // Told against the version of the same size, where there is one: that is the one it was meant to be.
      let difference = differences.find((known) => known?.failure === 'zeros') ?? differences[0] ?? null;
      if (optional && !exists(root, path)) return null;
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
  root: string,
  entry: TreeEntry,
  contentOf: ContentOf,
  extent: 'whole' | 'beginning' | 'type',
): Difference {
  const full = join(root, entry.path);
  try {
    if (entry.type === 'file') return compareFile(full, entry, contentOf, extent);
    const stats = lstatSync(full);
    if (typeOf(stats) !== entry.type) return wrongType(entry, stats);
    if (extent === 'whole' && entry.type === 'symlink') {
      const target = readlinkSync(full);
      if (target !== entry.target) {
        return {
          failure: 'different',
          detail: `${entry.path} points to ${JSON.stringify(target)} instead of ${JSON.stringify(entry.target)}`,
        };
      }
    }
    return null;
  } catch (error) {
    return failed(entry, error);
  }
}

function compareFile(
  full: string,
  entry: TreeEntry,
  contentOf: ContentOf,
  extent: 'whole' | 'beginning' | 'type',
): Difference {
  // O_NOFOLLOW | O_NONBLOCK: what is there may be a link or a FIFO by now. O_NOATIME: looking must not write.
  const fd = openSync(full, 0o400000 | 0o4000 | 0o1000000);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return wrongType(entry, stats);
    if (extent === 'type') return null;
    const expected = contentOf(entry);
    if (stats.size < expected.length || (extent === 'whole' && stats.size !== expected.length)) {
      const failure = stats.size === 0 ? 'empty' : stats.size < expected.length ? 'short' : 'different';
      return { failure, detail: `${entry.path} has ${stats.size} bytes instead of ${expected.length}` };
    }
    const found = readBytes(fd, expected.length);
    if (!found.equals(expected)) return contentDifference(entry, expected, found);
    if (extent === 'whole' && (stats.mode & 0o7777) !== entry.mode) {
      return {
        failure: 'different',
        detail: `${entry.path} has mode ${octal(stats.mode & 0o7777)} instead of ${octal(entry.mode)}`,
      };
    }
    return null;
  } finally {
    closeSync(fd);
  }
}

function readBytes(fd: number, lengthBytes: number): Buffer {
  const content = Buffer.alloc(lengthBytes);
  let done = 0;
  while (done < lengthBytes) {
    const count = readSync(fd, content, done, lengthBytes - done, done);
    if (count === 0) break;
    done += count;
  }
  return content;
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

function exists(root: string, path: string): boolean {
  return lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
}

function wrongType(entry: TreeEntry, stats: Stats): Difference {
  return { failure: 'wrong type', detail: `${entry.path} is a ${typeOf(stats)}, was a ${entry.type}` };
}

function typeOf(stats: Stats): TreeEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

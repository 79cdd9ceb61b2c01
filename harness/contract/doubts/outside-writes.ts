import { isIgnored } from '../../promise/globs.js';
import { type BytePath, displayPath, isAtOrBelow, toBytePath } from '../../syscalls/byte-path.js';
import type { Call, Descriptor, Operation } from '../../syscalls/call.js';
import { AbsolutePaths, nameIn } from './absolute-paths.js';

/**
 * Not files that hold anything for the next start: devices, the kernel's own, caches that are made anew, and where a
 * recording keeps what the workload says (`workload.err` of its trace).
 */
const ofNoMatter =
  /^\/(dev|proc|sys|run)\/|\/(__pycache__|\.cache|\.npm|node-compile-cache|v8-compile-cache[^/]*)(\/|$)|\/trace\/workload\.(err|out)$/;

/**
 * "Programs must not assume that any files in /tmp are preserved between invocations" (Filesystem Hierarchy Standard 3.0,
 * section 3.18): what a runtime keeps there beside the program's real work was never meant to last.
 */
const passing = /^\/tmp\//;

/**
 * Files outside the recorded directory that were changed before the last ack and not removed again: what is in them was
 * acked, and no crash state that anybody looks at holds it. By their real paths where a descriptor tells them, so a
 * symbolic link out of the directory leads here, too. What lies in /tmp counts only where the program changed nothing in
 * the directory itself.
 */
export function outsideWrites(
  calls: readonly Call[],
  where: {
    rootPath: string;
    /** When acks were given: what they were written to is how they reach whoever waits for them. */
    acksAt: readonly number[];
    ignore: readonly string[];
  },
): string[] {
  const root = toBytePath(where.rootPath);
  const acksAt = new Set(where.acksAt);
  const lastAckAt = where.acksAt.at(-1) ?? 0;
  const channels = new Set<BytePath>();
  for (const { operation, enter } of calls)
    if (operation.op === 'write' && operation.file.describedAs !== null && acksAt.has(enter))
      channels.add(operation.file.describedAs);
  const paths = new AbsolutePaths(root);
  const changed = new ChangedOutside(root);
  for (const call of calls) {
    if (call.enter >= lastAckAt) break;
    if (call.result.kind === 'error') continue;
    const { operation, result, pid } = call;
    paths.follow(call);
    const file = changedFile(operation);
    if (file && !file.deleted && file.describedAs?.startsWith('/') && !channels.has(file.describedAs))
      changed.add(file.describedAs);
    if (result.kind !== 'value') continue;
    if (operation.op === 'truncate' && 'path' in operation.target)
      changed.add(paths.of(operation.target, pid));
    else if (operation.op === 'link' || operation.op === 'symlink')
      changed.add(paths.of(operation.op === 'link' ? operation.to : operation.at, pid));
    else if (operation.op === 'unlink') changed.remove(paths.of(operation.at, pid));
    else if (operation.op === 'rename') {
      changed.remove(paths.of(operation.from, pid));
      changed.add(paths.of(operation.to, pid));
    }
  }
  return [...changed.paths]
    .filter((path) => !ofNoMatter.test(path) && !(changed.inside && passing.test(path)))
    .map(displayPath)
    .filter((path) => !isIgnored(path, where.ignore) && !isIgnored(nameIn(path), where.ignore));
}

/** The file whose content a call changes, or may change from then on; null where it does not or names it by a path. */
function changedFile(operation: Operation): Descriptor | null {
  switch (operation.op) {
    case 'write':
    case 'fallocate':
      return operation.file;
    case 'copy':
      return operation.to;
    case 'truncate':
      return 'fd' in operation.target ? operation.target : null;
    case 'mmap':
      return operation.writable ? operation.file : null;
    default:
      return null;
  }
}

/** What was changed outside of a directory, and whether anything in it was. */
class ChangedOutside {
  readonly paths = new Set<BytePath>();
  inside = false;

  constructor(private readonly root: BytePath) {}

  add(path: BytePath): void {
    if (isAtOrBelow(path, this.root)) this.inside = true;
    else this.paths.add(path);
  }

  remove(path: BytePath): void {
    this.paths.delete(path);
  }
}

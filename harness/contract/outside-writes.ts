import { isIgnored } from '../promise/globs.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';

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
 * Files outside the recorded directory that were written before the last ack and not removed again: what is in them was
 * acked, and no crash state that anybody looks at holds it. By their real paths, so a symbolic link out of the directory
 * leads here, too. What lies in /tmp counts only where the program changed nothing in the directory itself.
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
  const written = new Set<string>();
  const acksAt = new Set(where.acksAt);
  const lastAckAt = where.acksAt.at(-1) ?? 0;
  const channels = new Set<string>();
  for (const { operation, enter } of calls)
    if (operation.op === 'write' && operation.file.describedAs !== null && acksAt.has(enter))
      channels.add(operation.file.describedAs);
  let inside = false;
  for (const { operation, result, enter } of calls) {
    if (enter >= lastAckAt) break;
    if (operation.op === 'write') {
      const { describedAs, deleted } = operation.file;
      if (describedAs === null || deleted || !describedAs.startsWith('/') || result.kind !== 'value')
        continue;
      if (describedAs === where.rootPath || describedAs.startsWith(`${where.rootPath}/`)) {
        inside = true;
        continue;
      }
      if (!channels.has(describedAs) && !ofNoMatter.test(describedAs)) written.add(describedAs);
    } else if (operation.op === 'unlink' || operation.op === 'rename') {
      const gone = operation.op === 'unlink' ? operation.at : operation.from;
      const name = gone.path.slice(gone.path.lastIndexOf('/') + 1);
      for (const path of written) if (path.endsWith(`/${name}`)) written.delete(path);
    }
  }
  return [...written]
    .filter((path) => !(inside && passing.test(path)))
    .map(displayPath)
    .filter((path) => !isIgnored(path, where.ignore));
}

/**
 * Calls in which their process was killed: each may have done its work, a write also a part of it, or nothing. What was
 * left at the end tells which, unless it was changed or removed later: then there are several courses that the run may
 * have taken, and each of them is one to judge.
 */
import type { Call, Operation } from '../syscalls/call.js';
import type { CallResult } from '../syscalls/joined-call.js';

/** With more such calls, or more ways that they may have gone, nobody tries them all. */
const mostCourses = 64;
/** A write that is broken off ends between two pages. */
const pageBytes = 4096;
/** No process has so many descriptors: nobody saw which one it was. */
const unseenDescriptor = 1 << 30;

const notDone: CallResult = { kind: 'error', errno: 'EINTR' };

/** The calls as they may have gone; null where there is but one way, or too many. */
export function coursesOf(calls: readonly Call[]): Call[][] | null {
  let courses: Call[][] = [[]];
  for (const call of calls) {
    const ways = call.result.kind === 'none' ? resultsOf(call.operation) : [];
    const goneOn = ways.length === 0 ? [call] : ways.map((result) => ({ ...call, result }));
    if (courses.length * goneOn.length > mostCourses) return null;
    if (goneOn.length === 1) for (const course of courses) course.push(goneOn[0]!);
    else courses = courses.flatMap((course) => goneOn.map((gone) => [...course, gone]));
  }
  return courses.length > 1 ? courses : null;
}

/** What a call may have returned, nothing done first; none where it is not followed, or changes nothing. */
function resultsOf(operation: Operation): CallResult[] {
  const done = (value: number): CallResult => ({ kind: 'value', value, file: null });
  switch (operation.op) {
    case 'open':
      return operation.flags.has('O_CREAT') || operation.flags.has('O_TRUNC')
        ? [notDone, done(unseenDescriptor)]
        : [];
    case 'write': {
      const { payload, offset } = operation;
      if (!payload || payload.length === 0 || !isFile(operation)) return [];
      const first = pageBytes - ((offset ?? 0) % pageBytes);
      const results = [notDone];
      for (let count = first; count < payload.length && results.length < mostCourses; count += pageBytes)
        results.push(done(count));
      return [...results, done(payload.length)];
    }
    case 'truncate':
    case 'fallocate':
    case 'rename':
    case 'link':
    case 'symlink':
    case 'unlink':
    case 'mkdir':
    case 'mknod':
      return [notDone, done(0)];
    default:
      return [];
  }
}

function isFile({ file }: Extract<Operation, { op: 'write' }>): boolean {
  return file.describedAs?.startsWith('/') ?? false;
}

/**
 * How interpreters say, last of all on standard error, that they end with exit code 1 because nobody caught an error:
 * Python (library reference, traceback; also of an error that another one caused), Node.js (`node:internal/errors`: the
 * stack or the value, an empty line and the version), Java (`Thread.dispatchUncaughtException`), Ruby (an error's full message).
 */
const reports: readonly RegExp[] = [
  /^Traceback \(most recent call last\):\n(?:[ \t].*\n)+[A-Za-z_][\w.]*(?::.*)?$/gm,
  /\n\nNode\.js v\d[\w.-]*$/g,
  /^Exception in thread ".*" .*\n(?:(?:\tat |Caused by: |\t\.\.\. ).*\n?)+$/gm,
  /^\S+:\d+:in [`'].*\([A-Z]\w*(?:::\w+)*\)(?:\n\s+from .*)*$/gm,
];

/** Whether a program ended by an error of its own, as what it wrote to standard error shows. */
export function endedByUncaughtError(stderr: string): boolean {
  const said = stderr.trimEnd();
  return reports.some((report) =>
    [...said.matchAll(report)].some(({ 0: found, index }) => index + found.length === said.length),
  );
}

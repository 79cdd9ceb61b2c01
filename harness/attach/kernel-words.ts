/**
 * What the kernel says in its log while something is done: why mount(2) failed is said there, and nowhere else
 * (/dev/kmsg, Documentation/ABI/testing/dev-kmsg).
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { errorCode } from './libc.js';

/** Each read gives one record of at most so many bytes. */
const recordBytes = 8192;
const mostRecords = 1000;
/** A thing done wrong is said in a line or two; on a machine with much to say, the last ones are it. */
const linesKept = 4;

/** @returns what came of it, and the kernel's last lines meanwhile; none where its log may not be read */
export function withKernelWords<Result>(act: () => Result): { result: Result; words: string[] } {
  const log = openLog();
  if (log === null) return { result: act(), words: [] };
  try {
    // To the end of what was said before: lseek(2) is not Node's.
    recordsOf(log, Number.POSITIVE_INFINITY);
    const result = act();
    return { result, words: recordsOf(log).slice(-linesKept) };
  } finally {
    closeSync(log);
  }
}

function openLog(): number | null {
  try {
    return openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

function recordsOf(log: number, most = mostRecords): string[] {
  const record = Buffer.alloc(recordBytes);
  const lines: string[] = [];
  for (let n = 0; n < most; n++) {
    let length: number;
    try {
      length = readSync(log, record);
    } catch (error) {
      // EPIPE: records were overwritten before they were read, and the next read goes on behind them.
      if (errorCode(error) === 'EPIPE') continue;
      return lines;
    }
    // prefix ";" text "\n", then lines of a dictionary, each behind a space
    const text = record.toString('utf8', 0, length);
    lines.push(text.slice(text.indexOf(';') + 1).split('\n')[0]!);
  }
  return lines;
}

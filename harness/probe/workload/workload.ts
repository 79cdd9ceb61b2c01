/**
 * A workload of the probe, one operation a line:
 *
 *     create foo              what lies before `start` is setup: done, synced, and owed from the start
 *     write foo 0 12288
 *     start
 *     rename foo bar
 *     fsync .
 *
 * Without a line `start` there is no setup. `#` begins a comment.
 */
import { UsageError } from '../../verdict/errors.js';
import { NotationError, type Operation, parseOperation, printOperation } from './operation.js';

export interface Workload {
  setup: readonly Operation[];
  body: readonly Operation[];
}

const startWord = 'start';

/** Lines as they are parsed again. */
export function printWorkload({ setup, body }: Workload): string[] {
  const lines = body.map(printOperation);
  return setup.length === 0 ? lines : [...setup.map(printOperation), startWord, ...lines];
}

/**
 * @param text lines, separated by newlines or `;`
 * @throws UsageError naming the line, what was expected and what is there
 */
export function parseWorkload(text: string, where: string): Workload {
  const lines = text
    .split(/[\n;]/)
    .map((line, i) => ({ number: i + 1, text: line.replace(/#.*$/, '').trim() }))
    .filter((line) => line.text !== '');
  const start = lines.findIndex((line) => line.text === startWord);
  const parse = (some: typeof lines): Operation[] =>
    some.map((line) => {
      try {
        return parseOperation(line.text);
      } catch (error) {
        if (!(error instanceof NotationError)) throw error;
        throw new UsageError(`${where}, line ${line.number} ("${line.text}"): ${error.message}`);
      }
    });
  const workload = { setup: parse(lines.slice(0, Math.max(0, start))), body: parse(lines.slice(start + 1)) };
  if (workload.body.length === 0)
    throw new UsageError(
      `${where}: expected operations, one a line, got none${start < 0 ? '' : ' behind start'}`,
    );
  return workload;
}

/**
 * What a checker's end or answer says of a crash state, wherever the checker ran. Whatever is no clear answer is
 * `unknown`, never a pass.
 */
import { z } from 'zod';
import type { AttendedEnd } from '../server/attendance.js';
import type { StartedChecker } from '../server/programs.js';
import { type Trouble, troubleOf } from '../server/trouble.js';
import { lastWords } from '../trace/last-words.js';
import type { Judgement, Problem } from './judgement.js';
import { endedByUncaughtError } from './uncaught-error.js';

const promise = 'the checker finds its promises kept';
const answerSchema = z.object({
  outcome: z.enum(['pass', 'violation', 'unknown']),
  reason: z.string().default(''),
});

/** How a program ended, as its parent is told; a signal by its number or its name. */
export type ProgramEnd = { exitCode: number } | { signal: number | string };

/** What a one-shot checker printed: the beginning of its output, the end of its errors. */
export interface CheckerOutput {
  stdout: string;
  stderr: string;
}

/**
 * How a one-shot checker ended. Exit code 1 means violated, but with nothing on standard output and something on
 * standard error it means that the checker itself failed, as where a shell's command is not found under `set -e`; and so
 * it does where an interpreter ends it by an error that nobody caught, whatever it had printed by then.
 *
 * @param attended a program of ours stood in front of it, whose exit code tells of its server
 */
export function judgementOfEnd(
  end: ProgramEnd,
  { stdout, stderr }: CheckerOutput,
  attended = false,
): Judgement {
  const [firstLine = ''] = stdout.trimStart().split('\n');
  const errors = lastWords(stderr);
  if ('signal' in end)
    return cannotTell(withErrors(`the checker was killed by signal ${end.signal}`, errors));
  if (end.exitCode === 0) return { problems: [] };
  const trouble = attended ? troubleOf(end.exitCode) : null;
  if (trouble !== null) return serverViolated(trouble, firstLine, errors);
  if (end.exitCode === 1 && endedByUncaughtError(stderr))
    return cannotTell(withErrors('the checker failed (exit code 1, by an error that nobody caught)', errors));
  if (end.exitCode === 1 && (firstLine !== '' || errors.length === 0))
    return violated(firstLine || 'the checker gave no reason', errors);
  if (end.exitCode === 1)
    return cannotTell(
      withErrors(
        'the checker failed (exit code 1, no reason on standard output, errors on standard error)',
        errors,
      ),
    );
  const said = firstLine ? `: ${firstLine}` : '';
  return cannotTell(withErrors(`the checker ended with exit code ${end.exitCode}${said}`, errors));
}

/** A checker that does not accept what no crash has touched cannot judge a crash; null when it accepts it. */
export function endStateRefusal({ problems }: Judgement): string | null {
  const [problem] = problems;
  if (!problem) return null;
  const { outcome, detail, errors = [] } = problem;
  const said = outcome === 'violation' ? withErrors(`it says: ${detail}`, errors) : detail;
  return `the checker does not accept the undamaged end of the run, before any crash, so it cannot judge crashes: ${said}`;
}

function withErrors(reason: string, errors: readonly string[]): string {
  return errors.length === 0 ? reason : `${reason}: ${errors.join(' | ')}`;
}

/** An answer ends by then, in bytes: what goes on is no answer, and whoever waited for its end would keep all of it. */
export const longestAnswerBytes = 16 * 1024 * 1024;

/** What a persistent checker said when it was asked. */
export type PersistentAnswer = { line: string } | 'timeout' | { ended: ProgramEnd | null };

/**
 * A line from a persistent checker, or how it ended instead, `null` where that is not known. `clear`: it can be asked again.
 * @param stderr the end of what it said on standard error about this state
 */
export function judgementOfAnswer(
  answer: PersistentAnswer,
  { timeout, attended = false }: Pick<StartedChecker, 'timeout' | 'attended'>,
  stderr = '',
): Judgement & { clear: boolean } {
  const errors = lastWords(stderr);
  if (answer === 'timeout') {
    return unclear(withErrors(`the persistent checker did not answer within ${timeout / 1000} s`, errors));
  }
  if ('ended' in answer) {
    const how = answer.ended === null ? '' : ` (${endInWords(answer.ended)})`;
    return unclear(withErrors(`the persistent checker ended instead of answering${how}`, errors));
  }
  if (attended) {
    const { exit_code: exitCode, ...said } = JSON.parse(answer.line) as AttendedEnd;
    return { ...judgementOfEnd({ exitCode }, said, true), clear: true };
  }
  const parsed = parseAnswer(answer.line);
  switch (parsed?.outcome) {
    case 'pass':
      return { problems: [], clear: true };
    case 'violation':
      return { ...violated(parsed.reason || 'the checker gave no reason', errors), clear: true };
    case 'unknown':
      return { ...cannotTell(`the checker cannot tell: ${parsed.reason || 'no reason given'}`), clear: true };
    default:
      return unclear(
        `the persistent checker answered ${JSON.stringify(answer.line.slice(0, 200))} instead of {"outcome": ..., "reason": ...}`,
      );
  }
}

function endInWords(end: ProgramEnd): string {
  return 'signal' in end ? `killed by signal ${end.signal}` : `exit code ${end.exitCode}`;
}

export function cannotTell(reason: string): Judgement {
  return { problems: [{ ...checkerProblem(reason), outcome: 'unknown' }] };
}

function unclear(reason: string): Judgement & { clear: boolean } {
  return { ...cannotTell(reason), clear: false };
}

function parseAnswer(line: string): z.output<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

const serversPromise = 'the server starts after a crash, gets ready and goes on running';

function serverViolated(trouble: Trouble, reason: string, errors: readonly string[]): Judgement {
  const [problem] = violated(reason, errors).problems;
  return { problems: [{ ...problem!, failure: trouble, promise: serversPromise }] };
}

function violated(reason: string, errors: readonly string[]): Judgement {
  const said = errors.length > 0 ? { errors: [...errors] } : {};
  return { problems: [{ ...checkerProblem(reason), outcome: 'violation', ...said }] };
}

function checkerProblem(detail: string): Omit<Problem, 'outcome'> {
  return { kind: 'checker', path: null, failure: 'checker', detail, promise };
}

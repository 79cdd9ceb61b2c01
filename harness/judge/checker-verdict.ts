/**
 * What a checker's end or answer says of a crash state, wherever the checker ran. Whatever is no clear answer is
 * `unknown`, never a pass.
 */
import { z } from 'zod';
import type { Judgement, Problem } from './judgement.js';

const promise = 'the checker finds its promises kept';
const answerSchema = z.object({
  outcome: z.enum(['pass', 'violation', 'unknown']),
  reason: z.string().default(''),
});

/** How a one-shot checker ended, and what it printed. */
export function judgementOfEnd(
  end: { exitCode: number } | { signal: number | string },
  output: string,
): Judgement {
  const [firstLine] = output.split('\n');
  if ('signal' in end) return cannotTell(`the checker was killed by signal ${end.signal}`);
  if (end.exitCode === 0) return { problems: [] };
  if (end.exitCode === 1) return violated(firstLine || 'the checker gave no reason');
  return cannotTell(`the checker ended with exit code ${end.exitCode}${firstLine ? `: ${firstLine}` : ''}`);
}

/** A line from a persistent checker; `null` when it ended instead. `clear`: it can be asked again. */
export function judgementOfAnswer(
  answer: { line: string } | 'timeout' | null,
  timeoutMs: number,
): Judgement & { clear: boolean } {
  if (answer === 'timeout') {
    return unclear(`the persistent checker did not answer within ${timeoutMs / 1000} s`);
  }
  if (answer === null) return unclear('the persistent checker ended instead of answering');
  const parsed = parseAnswer(answer.line);
  switch (parsed?.outcome) {
    case 'pass':
      return { problems: [], clear: true };
    case 'violation':
      return { ...violated(parsed.reason || 'the checker gave no reason'), clear: true };
    case 'unknown':
      return { ...cannotTell(`the checker cannot tell: ${parsed.reason || 'no reason given'}`), clear: true };
    default:
      return unclear(
        `the persistent checker answered ${JSON.stringify(answer.line.slice(0, 200))} instead of {"outcome": ..., "reason": ...}`,
      );
  }
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

function violated(reason: string): Judgement {
  return { problems: [{ ...checkerProblem(reason), outcome: 'violation' }] };
}

function checkerProblem(detail: string): Omit<Problem, 'outcome'> {
  return { kind: 'checker', path: null, failure: 'checker', detail, promise };
}

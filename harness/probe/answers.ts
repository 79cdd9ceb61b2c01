/** The answers of a probe to each of its workloads, one a line, a file for each storage on each kernel. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { UsageError } from '../verdict/errors.js';
import type { WorkloadResult } from './result.js';

/** @param nth storage and kernel, from 0, kernel by kernel */
export function answersFileName(nth: number): string {
  return `answers-${nth + 1}.ndjson`;
}

/**
 * What was answered so far.
 * @throws UsageError where a workload was answered twice
 */
export function knownAnswers(file: string): Map<string, WorkloadResult> {
  const known = new Map<string, WorkloadResult>();
  for (const line of answerLines(file)) {
    const answer = line as WorkloadResult;
    if (known.has(answer.name)) throw new UsageError(`${file}: workload ${answer.name} is answered twice`);
    known.set(answer.name, answer);
  }
  return known;
}

/** Line by line; of a file that is not there none. A last line that was cut short is no answer, and is taken away. */
export function answerLines(file: string): unknown[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) writeFileSync(file, whole);
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}

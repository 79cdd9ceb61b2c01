/** What went wrong with a job, from the worker to whoever asked: the same error, of the same kind. */
import { PlugpullError, UnavailableError, UsageError } from '../verdict/errors.js';
import { exitCode } from '../verdict/exit-code.js';

export interface Failure {
  exitCode: number;
  message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof PlugpullError) return { exitCode: error.exitCode, message: error.message };
  return { exitCode: exitCode.internal, message: (error as Error).stack ?? String(error) };
}

export function errorOf({ exitCode: code, message }: Failure): Error {
  if (code === exitCode.usage) return new UsageError(message);
  if (code === exitCode.unavailable) return new UnavailableError(message);
  return new Error(message);
}

export function failureText(failure: Failure): string {
  return JSON.stringify(failure);
}

/** Of what BullMQ keeps as the reason. */
export function failureFrom(reason: string): Failure {
  try {
    return JSON.parse(reason) as Failure;
  } catch {
    return { exitCode: exitCode.internal, message: reason };
  }
}

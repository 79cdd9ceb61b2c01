/** Errors that go from one process or thread to another, where a class does not go along. */
import { PlugpullError, UnavailableError, UsageError } from './errors.js';
import { exitCode } from './exit-code.js';

export interface SaidError {
  name: string;
  message: string;
  stack: string;
  /** Of an error that a person can act on. */
  exitCode: number | null;
}

export function saidError(error: unknown): SaidError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof PlugpullError ? error.exitCode : null;
  return { name, message, stack: stack ?? message, exitCode: code };
}

/** The error as whoever hears of it throws it: what a person can act on in its class, all else with its own stack. */
export function errorSaid({ name, message, stack, exitCode: code }: SaidError): Error {
  if (code === exitCode.usage) return new UsageError(message);
  if (code === exitCode.unavailable) return new UnavailableError(message);
  return Object.assign(new Error(message), { name, stack });
}

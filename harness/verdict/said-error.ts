/** Errors that go from one process or thread to another, where a class does not go along. */
import { UnavailableError, UsageError } from './errors.js';

export interface SaidError {
  name: string;
  message: string;
  stack: string;
}

export function saidError(error: unknown): SaidError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack: stack ?? message };
}

/** The error as whoever heard of it throws it: of ours in its class, of others with its own stack. */
export function errorSaid({ name, message, stack }: SaidError): Error {
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'UnavailableError' || name === 'KernelLacksError') return new UnavailableError(message);
  return Object.assign(new Error(message), { name, stack });
}

import type { Options } from 'yargs';
import { UsageError } from '../../verdict/errors.js';

/** An option that stands for a key of a scenario. */
export interface KeyOption extends Options {
  type: 'string' | 'number' | 'boolean' | 'array';
  describe: string;
  /** The key, from the scenario's root. `storage[].size` is that of each storage. */
  key: string;
  /** The key's value; without it the option's own. @throws UsageError naming the option */
  read?: (value: never, option: string) => unknown;
  /** The keys that it gives are laid over those that are there. */
  over?: true;
}

export type KeyOptions = { readonly [name: string]: KeyOption };

/** A scenario, or a part of it, before it is checked. */
export type Input = Record<string, unknown>;

/**
 * One value each time it is given. Without the limit yargs takes every word up to the next option for a value, the
 * scenario files among them.
 */
export const repeatable = { type: 'array', string: true, nargs: 1 } as const;

export function commas(text: string): string[] {
  return text.split(',');
}

/** The parts of an option that may be repeated and takes several values with commas between them. */
export function listOf(values: readonly string[]): string[] {
  return values.flatMap(commas);
}

export function numbers(text: string): number[] {
  return commas(text).map(Number);
}

/** NAME=VALUE of an option that may be repeated. */
export function pairs(values: readonly string[], option: string): Input {
  return Object.fromEntries(values.map((pair) => splitPair(pair, option)));
}

/** NAME=VALUE,NAME=VALUE with numbers and truth values among the values. */
export function settings(text: string, option: string): Input {
  return Object.fromEntries(
    commas(text).map((pair) => {
      const [name, value] = splitPair(pair, option);
      return [name, numberOrText(value)];
    }),
  );
}

export function splitPair(pair: string, option: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new UsageError(`--${option}: expected NAME=VALUE, got ${JSON.stringify(pair)}`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

export function numberOrText(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d+$/.test(value) ? Number(value) : value;
}

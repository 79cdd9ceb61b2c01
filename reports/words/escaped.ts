import { visible } from './visible.js';

/** Every text in a value as a reader may see it: nothing in it acts on a terminal. Keys are ours, and stay. */
export function escaped<T>(value: T): T {
  return escapedValue(value) as T;
}

function escapedValue(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(escapedValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escapedValue(one)]));
}

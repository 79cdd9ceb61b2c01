import { UsageError } from '../verdict/errors.js';

/** @throws UsageError unless it is `i/n` with 1 <= i <= n */
export function parseShard(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count)
    throw new UsageError(`--shard: expected i/n with 1 <= i <= n, got ${JSON.stringify(text)}`);
  return { index, count };
}

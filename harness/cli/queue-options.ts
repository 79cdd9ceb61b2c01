/** The options of every command that uses a queue. */
import { addressText, type RedisAddress, redisAddress } from '../queue/redis-address.js';
import { UsageError } from '../verdict/errors.js';

export const queueOptions = {
  queue: {
    type: 'string',
    describe:
      'a Redis by which plugpull worker takes part: redis://127.0.0.1:6379, or rediss:// with a password',
  },
  store: {
    type: 'string',
    describe: 'with --queue: folder that this command and all workers share, for traces and answers',
  },
} as const;

export interface QueueArguments {
  queue?: string;
  store?: string;
}

export interface QueueChosen {
  address: RedisAddress;
  store: string;
}

/** @throws UsageError for an address that may not be used, or one of both without the other */
export function queueOf({ queue, store }: QueueArguments): QueueChosen | null {
  if (queue === undefined && store === undefined) return null;
  if (queue === undefined)
    throw new UsageError('--store: expected --queue with it, which says who makes the answers');
  const address = redisAddress(queue);
  if (store === undefined)
    throw new UsageError(
      `--queue ${addressText(address)}: expected --store FOLDER with it, a folder that all workers share: traces and answers do not lie in Redis`,
    );
  return { address, store };
}

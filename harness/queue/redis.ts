/**
 * BullMQ and ioredis, optional packages that are loaded when a queue is asked for. A Redis that goes away is waited for:
 * nothing that counts is kept there.
 */
import type { Redis } from 'ioredis';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { addressText, type RedisAddress } from './redis-address.js';

type Bull = typeof import('bullmq');

export interface QueueServer {
  bull: Bull;
  address: RedisAddress;
  /** A connection of its own, closed with the others. */
  connection(): Redis;
  close(): void;
}

/** How the packages are had that this one does without. */
export const packagesText = 'npm install bullmq@6.7.0 ioredis@5.9.2';

/** So long a first answer may take. */
const firstAnswerMs = 10_000;

/** @throws UnavailableError where the packages or Redis are missing, UsageError where the password is wrong */
export async function connectQueue(address: RedisAddress): Promise<QueueServer> {
  const [bull, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch((error: Error) => {
    throw new UnavailableError(
      `--queue needs the packages bullmq and ioredis: ${packagesText} (${error.message.split('\n')[0]})`,
    );
  });
  const open: Redis[] = [];
  const make = (options: object): Redis => {
    const redis = new Redis({ ...address, maxRetriesPerRequest: null, ...options });
    // It tries again by itself; without a listener each failure would end the process.
    redis.on('error', () => {});
    return redis;
  };
  await refuseSilent(
    make({ lazyConnect: true, retryStrategy: null, connectTimeout: firstAnswerMs }),
    address,
  );
  return {
    bull,
    address,
    connection: () => {
      const redis = make({ retryStrategy: (nth: number) => Math.min(100 * nth, 1000) });
      open.push(redis);
      return redis;
    },
    close: () => {
      for (const redis of open) redis.disconnect();
    },
  };
}

async function refuseSilent(redis: Redis, address: RedisAddress): Promise<void> {
  let reason = '';
  redis.on('error', (error: Error) => {
    reason = error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const said = reason || (error as Error).message;
    if (/NOAUTH|WRONGPASS|invalid password|no password is set/i.test(`${said} ${(error as Error).message}`))
      throw new UsageError(`--queue ${addressText(address)}: the password is refused: ${said}`);
    throw new UnavailableError(
      `--queue ${addressText(address)}: no Redis answers there (${said}): start one (apt-get install redis-server; redis-server --bind 127.0.0.1)`,
    );
  } finally {
    redis.disconnect();
  }
}

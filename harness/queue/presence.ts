/** Who asks and who works, as keys of Redis that go by themselves when nobody renews them. */
import type { Redis } from 'ioredis';
import type { Makers } from './job.js';

const askingKey = 'plugpull:asking:';
const workerKey = 'plugpull:worker:';

/** How often a sign of life is given. */
export const signMs = 2000;
/** So long a sign is good for. A worker of another machine that gave none for this long is taken for dead. */
const goodMs = 30_000;

/** What somebody asks for. */
export interface Asking {
  queue: string;
  makers: Makers;
}

/** Says again and again that somebody asks, or works. */
export class Sign {
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    value: string,
  ) {
    const give = (): void => void redis.set(key, value, 'PX', goodMs).catch(() => {});
    give();
    this.#timer = setInterval(give, signMs);
  }

  async takeBack(): Promise<void> {
    clearInterval(this.#timer);
    // A Redis that is away forgets it by itself.
    if (this.redis.status === 'ready') await this.redis.del(this.key).catch(() => {});
  }
}

export function askingSign(redis: Redis, asker: string, asking: Asking): Sign {
  return new Sign(redis, `${askingKey}${asker}`, JSON.stringify(asking));
}

export function workerSign(redis: Redis, worker: string): Sign {
  return new Sign(redis, `${workerKey}${worker}`, '1');
}

/** Whoever asks now, each queue once, in one order. */
export async function askings(redis: Redis): Promise<Asking[]> {
  const values = await valuesOf(redis, askingKey);
  const byQueue = new Map<string, Asking>();
  for (const value of values.sort()) {
    const asking = JSON.parse(value) as Asking;
    byQueue.set(asking.queue, asking);
  }
  return [...byQueue.values()];
}

export async function isPresent(redis: Redis, worker: string): Promise<boolean> {
  return (await redis.exists(`${workerKey}${worker}`)) === 1;
}

export async function workersPresent(redis: Redis): Promise<number> {
  return (await keysOf(redis, workerKey)).length;
}

async function keysOf(redis: Redis, prefix: string): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

async function valuesOf(redis: Redis, prefix: string): Promise<string[]> {
  const keys = await keysOf(redis, prefix);
  if (keys.length === 0) return [];
  return (await redis.mget(keys)).filter((value): value is string => value !== null);
}

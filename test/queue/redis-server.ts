/** A Redis of a test's own, which keeps nothing on disk: what is lost when it is restarted, the queue has to bear. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectQueue } from '../../harness/queue/redis.js';
import { type RedisAddress, redisAddress } from '../../harness/queue/redis-address.js';
import { withParent } from '../runner/with-parent.js';

export class TestRedis {
  #server: ChildProcess | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plugpull-redis-'));

  private constructor(
    readonly port: number,
    private readonly words: readonly string[],
  ) {}

  /** @param words more options of redis-server */
  static async start(words: readonly string[] = []): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), words);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get address(): RedisAddress {
    return redisAddress(this.url);
  }

  async start(): Promise<void> {
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
    const [program, ...words] = [...withParent('KILL'), 'redis-server', ...options, ...this.words];
    this.#server = spawn(program!, words, { stdio: 'ignore' });
    if (this.words.includes('--requirepass')) return;
    for (;;) {
      try {
        (await connectQueue(this.address)).close();
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

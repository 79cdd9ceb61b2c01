/**
 * Two workers of one lane against one: the wall time of a probe by way of a queue, from the question to the last answer.
 * The workers are there before, and make their file systems in that time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askProbe } from '../harness/jobs/ask-probe.js';
import { probeConfig } from '../harness/probe/config.js';
import { hostPlace } from '../harness/probe/place.js';
import { workersPresent } from '../harness/queue/presence.js';
import { connectQueue, type QueueServer } from '../harness/queue/redis.js';
import { Store } from '../harness/queue/store.js';
import { TestRedis } from '../test/queue/redis-server.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';

const program = fileURLToPath(new URL('../harness/cli/main.js', import.meta.url));

export const queueTwoWorkers: Benchmark = {
  name: 'queue_two_workers',
  about: 'wall time of a probe of ext4 by way of a queue, two workers of one lane; baseline: one of them',
  goal: 1.7,
  better: 'less',
  measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { say } = context;
  const redis = await TestRedis.start();
  const server = await connectQueue(redis.address);
  try {
    const times: number[] = [];
    for (const workers of [1, 2]) {
      say(`${workers} of one lane`);
      times.push(await probeWith(workers, { url: redis.url, server, context }));
    }
    return {
      value: times[1]!,
      baseline: times[0]!,
      unit: 'ms',
      details: { workloads: repeats(360, context) },
    };
  } finally {
    // Before its Redis, which it would look for without end.
    server.close();
    await redis.close();
  }
}

async function probeWith(
  count: number,
  { url, server, context }: { url: string; server: QueueServer; context: BenchContext },
): Promise<number> {
  const { lab, signal } = context;
  const folder = lab.path(`store-${count}`);
  const store = Store.open(folder);
  const workers: ChildProcess[] = [];
  try {
    for (let i = 0; i < count; i++)
      workers.push(
        spawn(process.execPath, [program, 'worker', '--queue', url, '--store', folder, '--lanes', '1'], {
          stdio: 'ignore',
        }),
      );
    const redis = server.connection();
    while ((await workersPresent(redis)) < count) await sleep(50, undefined, { signal });
    const config = probeConfig.parse({
      kernel: 'host',
      storage: [{ fs: 'ext4' }],
      sample: repeats(360, context),
    });
    const target = { storage: config.storage[0]!, kernel: 'host', place: hostPlace() };
    const targets = [{ ...target, answersFile: lab.path(`answers-${count}.ndjson`) }];
    const asked = { server, store, config, targets, signal, onProgress: () => {} };
    const [probed] = await askProbe(asked);
    if (!probed!.complete || probed!.tally.workloads.broken > 0) throw new Error('ext4 was not proven');
    return probed!.durationMs;
  } finally {
    await Promise.all(
      workers.map(async (worker) => {
        worker.kill('SIGTERM');
        if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
      }),
    );
  }
}

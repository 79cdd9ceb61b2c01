/**
 * A worker whose jobs are small texts: `answer X`, `slow X` (which says so and takes its time), `deadly` (kills it with
 * SIGKILL), `refuse`. Words: the queue's address, the store's folder, what it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../../harness/queue/failure.js';
import { connectQueue } from '../../harness/queue/redis.js';
import { redisAddress } from '../../harness/queue/redis-address.js';
import { Store } from '../../harness/queue/store.js';
import { work } from '../../harness/queue/working.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { exitCode } from '../../harness/verdict/exit-code.js';

const [url, folder, kernel] = process.argv.slice(2) as [string, string, string];
const store = Store.open(folder);
const server = await connectQueue(redisAddress(url));
try {
  await work({
    ...{
      server,
      store,
      name: `worker-${process.pid}`,
      idleMs: 600_000,
      signal: new AbortController().signal,
    },
    own: async () => kernel,
    say: (text) => void process.stdout.write(`${text}\n`),
    doer: {
      do: async ({ body }, say) => {
        const [what, name] = (body as string).split(' ');
        say(`at ${body}`);
        process.stdout.write(`at ${body}\n`);
        if (what === 'slow') await sleep(400);
        if (what === 'deadly') process.kill(process.pid, 'SIGKILL');
        if (what === 'refuse') return { kind: 'failed', failure: failureOf(new UsageError('no such thing')) };
        return { kind: 'answered', digest: store.put(`answer to ${name}`) };
      },
    },
  });
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
  process.exitCode = exitCode.usage;
}
server.close();

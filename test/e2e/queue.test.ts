/** A probe by way of a queue: what it says is what it says without one, also when a worker is killed over it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { TestRedis } from '../queue/redis-server.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { Bench } from './plugpull.js';

const workloads = ['create foo; fsync .', 'mkdir A; fsync .', 'create foo; start; chmod foo 0600; fsync foo'];
const asked = [
  ...['--kernel', 'uml', '--fs', 'ext4', '--disk', 'cache=lying'],
  ...workloads.flatMap((text) => ['--workload', text]),
];

function said({ selection, probes }: ProbeDocument) {
  return {
    selection,
    probes: probes.map(({ digest, workloads, verdict, complete, findings }) => ({
      ...{ digest, workloads, verdict, complete },
      findings: findings.map(({ rules, kind, names, shortest }) => [rules, kind, names, shortest.lines]),
    })),
  };
}

t.test('a worker is killed over its job, and the result is the same', async (t) => {
  if (!requires(t, { commands: [...umlNeed.commands, 'redis-server'] })) return;
  const bench = new Bench();
  const redis = await TestRedis.start();
  t.teardown(async () => {
    await redis.close();
    bench.close();
  });
  const store = join(bench.folder, 'store');
  const queue = ['--queue', redis.url, '--store', store];
  const out = ['--json', '--out', join(bench.folder, 'out')];
  const whole = await bench.plugpull(['probe', ...asked, ...out, '--lanes', '1']);
  t.equal(whole.exitCode, 1, whole.stderr);

  const asking = bench.start(['probe', ...asked, ...out, ...queue]);
  const first = bench.start(['worker', ...queue, '--lanes', '1']);
  const isTaken = (): boolean => {
    const takers = join(store, 'takers');
    try {
      return readdirSync(takers).some((job) => readdirSync(join(takers, job)).length > 0);
    } catch {
      return false;
    }
  };
  while (!isTaken()) await sleep(20);
  first.kill('SIGKILL');
  await first.ended;
  const second = bench.start(['worker', ...queue, '--lanes', '1', '--idle', '5']);
  const { exitCode, stdout, stderr } = await asking.ended;
  t.equal(exitCode, 1, stderr);
  t.strictSame(said(JSON.parse(stdout)), said(JSON.parse(whole.stdout)));
  t.equal((await second.ended).exitCode, 0, 'it ends when nobody asks');

  const again = await bench.plugpull(['probe', ...asked, ...out, ...queue]);
  t.strictSame(
    said(JSON.parse(again.stdout)),
    said(JSON.parse(whole.stdout)),
    'from the store, without a worker',
  );
  t.strictSame(bench.leftovers(), []);
});

t.test('what cannot be a queue is refused, with what to do', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const store = ['--store', join(bench.folder, 'store')];
  for (const [code, says, args] of [
    [
      64,
      /workers run what they find there.*which has no TLS/,
      ['worker', '--queue', 'redis://queue.example', ...store],
    ],
    [64, /expected --store FOLDER with it/, ['worker', '--queue', 'redis://127.0.0.1:1']],
    [64, /expected --queue redis:/, ['worker']],
    [
      69,
      /no Redis answers there \(.*ECONNREFUSED.*apt-get install redis-server/,
      ['worker', '--queue', 'redis://127.0.0.1:1', ...store],
    ],
    [64, /--store: expected --queue with it/, ['probe', ...store]],
    [
      64,
      /--durations: expected --shard i\/n with it/,
      ['probe', '--fs', 'ext4', '--durations', bench.folder],
    ],
    [
      64,
      /--queue, --shard: expected one of them/,
      ['run', '--shard', '1/2', '--queue', 'redis://127.0.0.1:1', ...store, '--', 'true'],
    ],
    [69, /no Redis answers there/, ['run', '--queue', 'redis://127.0.0.1:1', ...store, '--', 'true']],
    [
      64,
      /--queue, --shard: expected one of them/,
      ['probe', '--shard', '1/2', '--queue', 'redis://127.0.0.1:1', ...store],
    ],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull([...args]);
    t.equal(exitCode, code, `${args.join(' ')}: ${stderr}`);
    t.match(stderr, says);
  }
});

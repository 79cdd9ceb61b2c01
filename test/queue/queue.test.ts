/** The queue on a real Redis, with workers that can be killed: nothing is lost, nothing is counted twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Answer, askFor } from '../../harness/queue/asking.js';
import { jobOf } from '../../harness/queue/job.js';
import { connectQueue } from '../../harness/queue/redis.js';
import { Store } from '../../harness/queue/store.js';
import { requires } from '../require.js';
import { TestRedis } from './redis-server.js';

const makers = { kernel: '7.2' };
const program = fileURLToPath(new URL('./worker-program.js', import.meta.url));

/** A Redis, a store, and workers, all gone at the test's end. */
class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'plugpull-fleet-'));
  readonly store = Store.open(this.folder);
  readonly #workers: ChildProcess[] = [];

  private constructor(readonly redis: TestRedis) {}

  static async start(t: { teardown(done: () => Promise<void>): void }): Promise<Fleet> {
    const fleet = new Fleet(await TestRedis.start());
    t.teardown(() => fleet.#close());
    return fleet;
  }

  /** @param onLine hears what it says */
  worker(
    kernel = makers.kernel,
    onLine: (line: string, worker: ChildProcess) => void = () => {},
  ): ChildProcess {
    const worker = spawn(process.execPath, [program, this.redis.url, this.folder, kernel], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    worker.stdout.on('data', (data: Buffer) => onLine(data.toString(), worker));
    this.#workers.push(worker);
    return worker;
  }

  /** What each job came to: its body, and the answer's text or the last words. */
  async ask(bodies: readonly string[], signal = new AbortController().signal): Promise<Map<string, string>> {
    const server = await connectQueue(this.redis.address);
    const answers = new Map<string, string>();
    const told = (answer: Answer): string =>
      answer.kind === 'answered' ? this.store.read(answer.digest).toString() : answer.lastWords.join('; ');
    try {
      await askFor({
        ...{ server, store: this.store, makers, signal },
        jobs: bodies.map((body) => jobOf('test', body, makers)),
        onAnswer: ({ body }, answer) => {
          t.notOk(answers.has(body as string), `${body} is settled once`);
          answers.set(body as string, told(answer));
        },
      });
    } finally {
      server.close();
    }
    return answers;
  }

  async #close(): Promise<void> {
    for (const worker of this.#workers) {
      if (worker.exitCode === null && worker.signalCode === null) {
        worker.kill('SIGKILL');
        await once(worker, 'exit');
      }
    }
    await this.redis.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const need = { commands: ['redis-server'] };

t.test('two workers answer, and what was answered is not asked again', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  const bodies = Array.from({ length: 20 }, (_, i) => `answer ${i}`);
  const workers = [fleet.worker(), fleet.worker()];
  const answers = await fleet.ask(bodies);
  t.strictSame([...answers].sort(), bodies.map((body, i) => [body, `answer to ${i}`] as const).sort());
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  t.equal((await fleet.ask(bodies)).size, 20, 'without any worker');
});

t.test('a worker killed in a job: another takes it', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  let killed = false;
  fleet.worker(makers.kernel, (line, worker) => {
    if (!line.includes('at slow')) return;
    killed = true;
    worker.kill('SIGKILL');
    fleet.worker();
  });
  const started = performance.now();
  const answers = await fleet.ask(['slow 1', 'answer 2', 'answer 3']);
  t.ok(killed, 'it was killed in the job');
  t.equal(answers.get('slow 1'), 'answer to 1');
  t.comment(`${Math.round(performance.now() - started)} ms in all`);
});

t.test('a Redis that is restarted, and has forgotten everything', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  const restarted = new Promise<void>((resolve, reject) => {
    fleet.worker(makers.kernel, (line) => {
      if (line.includes('at slow'))
        fleet.redis
          .stop()
          .then(() => fleet.redis.start())
          .then(resolve, reject);
    });
  });
  const answers = await fleet.ask(['slow 1', 'answer 2', 'answer 3']);
  await restarted;
  t.strictSame([...answers.values()].sort(), ['answer to 1', 'answer to 2', 'answer to 3']);
});

t.test('a job that kills three workers is given up with their last words', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  let killed = 0;
  let isOver = false;
  const replaced = (): void => {
    fleet.worker().once('exit', (_, signal) => {
      if (signal !== 'SIGKILL' || isOver) return;
      killed++;
      replaced();
    });
  };
  replaced();
  const answers = await fleet.ask(['deadly', 'answer 1']);
  isOver = true;
  t.equal(killed, 3, 'and no more');
  t.equal(answers.get('answer 1'), 'answer to 1');
  t.match(answers.get('deadly'), /^(.*, process \d+: at deadly(; )?){3}$/);
});

t.test('a worker of another kernel takes nothing', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  const controller = new AbortController();
  const asked = fleet.ask(['answer 1'], controller.signal);
  let said = '';
  const [code] = await once(
    fleet.worker('6.1', (line) => {
      said += line;
    }),
    'exit',
  );
  t.match([code, said], [64, /kernel: asked for "7.2", here "6.1"/]);
  fleet.worker();
  t.equal((await asked).get('answer 1'), 'answer to 1');
});

t.test('what a worker cannot do is said by whoever asked', async (t) => {
  if (!requires(t, need)) return;
  const fleet = await Fleet.start(t);
  fleet.worker();
  await t.rejects(fleet.ask(['refuse']), { exitCode: 64, message: 'no such thing' });
});

t.test('no Redis, and a wrong password', async (t) => {
  if (!requires(t, need)) return;
  const redis = await TestRedis.start(['--requirepass', 'right']);
  t.teardown(() => redis.close());
  const refusal = async (): Promise<void> =>
    void (await connectQueue({ ...redis.address, password: 'wrong' }));
  let error: unknown = null;
  // It may not listen yet.
  while ((error as Error)?.name !== 'UsageError') {
    error = await refusal().catch((reason) => reason);
    await sleep(20);
  }
  t.match(error, { exitCode: 64, message: /the password is refused/ });
  await redis.stop();
  await t.rejects(connectQueue(redis.address), { exitCode: 69, message: /no Redis answers there/ });
});

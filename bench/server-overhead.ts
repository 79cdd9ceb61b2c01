/**
 * What recording costs a server: the same load on the same server, with its data on the recorded disk and on a plain one, in
 * turns. The client and the server take their share of the processor on both.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { workloadsFolder } from '../harness/scenario/workloads-folder.js';
import { asUser } from '../harness/server/as-user.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { plainDisk, recordedDisk } from './compared-disks.js';
import { median } from './median.js';

interface ServerLoad {
  name: string;
  about: string;
  /** Commands for /bin/sh in the disk's folder, with $PLUGPULL_PORT, $PLUGPULL_SOCKET, $SOCKETS and $COUNT. */
  user: string;
  setup: string;
  server: string;
  /** Succeeds once the server can be asked. */
  ready: string;
  client: string;
  /** Finds the operations a second in what the client prints. */
  rate: RegExp;
  /** Operations of one round. */
  count: number;
}

const servers = join(workloadsFolder, 'servers');

export const pgbenchOverhead = overhead({
  name: 'pgbench_overhead',
  about:
    'transactions a second of pgbench, two clients, PostgreSQL on the recorded disk; baseline: on a plain loop device',
  user: 'postgres',
  setup: `sh ${servers}/postgres/setup.sh`,
  server: `exec sh ${servers}/postgres/server.sh`,
  ready:
    'psql -h "$SOCKETS" -p "$PLUGPULL_PORT" -c "select 1" postgres && pgbench -i -q -h "$SOCKETS" -p "$PLUGPULL_PORT" postgres',
  client: 'pgbench -n -c 2 -t "$COUNT" -h "$SOCKETS" -p "$PLUGPULL_PORT" postgres',
  rate: /tps = ([\d.]+)/,
  count: 300,
});

export const redisOverhead = overhead({
  name: 'redis_overhead',
  about:
    'SETs a second of redis-benchmark, two clients, Redis with appendfsync always on the recorded disk; baseline: on a plain loop device',
  user: 'nobody',
  setup: 'true',
  server: `exec sh ${servers}/redis_server.sh --appendfsync always`,
  ready: 'redis-cli -p "$PLUGPULL_PORT" ping | grep -q PONG',
  client: 'redis-benchmark -p "$PLUGPULL_PORT" -c 2 -n "$COUNT" -t set --csv',
  rate: /"SET","([\d.]+)"/,
  count: 2000,
});

function overhead(load: ServerLoad): Benchmark {
  const { name, about } = load;
  return { name, about, goal: null, better: 'more', measure: (context) => measure(load, context) };
}

async function measure(load: ServerLoad, context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  lab.space.letUsersPass();
  const count = Math.max(20, Math.round(load.count * Math.min(1, context.scale)));
  const ends: (() => Promise<void>)[] = [];
  try {
    const asked: ((command: string) => Promise<string>)[] = [];
    for (const [nth, open] of [recordedDisk, plainDisk].entries()) {
      say(`starting the server on ${nth === 0 ? 'a recorded' : 'a plain'} disk`);
      const disk = await open(lab);
      ends.push(() => disk.close());
      const started = await startedServer(load, {
        disk: disk.root,
        sockets: lab.folder('server'),
        port: 20_500 + nth,
        count,
        signal,
      });
      ends.push(started.end);
      asked.push(started.ask);
    }
    const rates = asked.map((): number[] => []);
    const rounds = repeats(7, context);
    for (let round = 0; round <= rounds; round++) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const [which, ask] of asked.entries()) {
        const said = await ask(load.client);
        const rate = Number(load.rate.exec(said)?.[1]);
        if (!(rate > 0)) throw new Error(`${load.client} told no rate: ${said}`);
        if (round > 0) rates[which]!.push(rate);
      }
    }
    const [recorded, plain] = rates;
    return {
      value: median(recorded!),
      baseline: median(plain!),
      unit: 'operations/s',
      details: { count, rounds },
    };
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function startedServer(
  { user, setup, server, ready }: ServerLoad,
  about: { disk: string; sockets: string; port: number; count: number; signal: AbortSignal },
): Promise<{ ask(command: string): Promise<string>; end(): Promise<void> }> {
  const { disk, sockets, port, count, signal } = about;
  const cwd = join(disk, 'server');
  mkdirSync(cwd);
  await execa('chown', [`${user}:`, disk, cwd, sockets]);
  const env = {
    PATH: `/usr/lib/postgresql/15/bin:${process.env.PATH}`,
    SOCKETS: sockets,
    COUNT: `${count}`,
    PLUGPULL_PORT: `${port}`,
    PLUGPULL_SOCKET: join(sockets, 'socket'),
  };
  const ask = async (command: string): Promise<string> =>
    (await execa('/bin/sh', ['-c', asUser(command, user)], { cwd, env, cancelSignal: signal })).stdout;
  await ask(setup);
  const child = spawn('/bin/sh', ['-c', asUser(server, user)], {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const end = (): Promise<void> => ended(child);
  try {
    await untilItSucceeds(() => ask(ready), child, signal);
  } catch (error) {
    await end();
    throw error;
  }
  return { ask, end };
}

/** Tries again until the server is ready; what it says last is the error where the server has ended. */
async function untilItSucceeds(
  look: () => Promise<unknown>,
  server: ChildProcess,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (server.exitCode !== null || server.signalCode !== null) throw error;
      await delay(100);
    }
  }
}

/** SIGTERM: Redis and PostgreSQL stop in order; with clients connected PostgreSQL waits for them, and there are none by now. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const over = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await over;
}

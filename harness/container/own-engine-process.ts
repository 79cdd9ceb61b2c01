/**
 * A container engine of our own, for machines on which none runs: Docker's daemon with its socket, its images and its
 * containers in a run's folder, and no network but the containers' own loopback. Prints the engine's address (as DOCKER_HOST
 * takes it) when it answers; ends, and takes everything with it, when its standard input closes or it is asked to.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from '../doctor/find-command.js';
import { cleanRun } from '../state/clean.js';
import { RunSpace } from '../state/run-space.js';
import { lastWords } from '../trace/last-words.js';
import { exitCode } from '../verdict/exit-code.js';
import { Engine } from './engine.js';

const startMs = 60_000;
const stopMs = 30_000;

async function main(): Promise<number> {
  const daemon = findCommand('dockerd');
  if (daemon === undefined) {
    process.stderr.write('no dockerd here: apt-get install docker.io\n');
    return exitCode.unavailable;
  }
  const space = RunSpace.create();
  space.note({ kind: 'process', what: 'dockerd' });
  const log = space.path('dockerd.log');
  const socket = space.path('docker.sock');
  const output = openSync(log, 'w');
  const child = spawn(
    daemon,
    [
      ...['--host', `unix://${socket}`, '--data-root', space.path('data'), '--exec-root', space.path('exec')],
      ...['--pidfile', space.path('dockerd.pid'), '--bridge', 'none'],
      ...['--iptables=false', '--ip6tables=false', '--ip-masq=false'],
    ],
    { env: { ...process.env, ...space.environment }, stdio: ['ignore', output, output], detached: true },
  );
  const ended = once(child, 'exit');
  try {
    const engine = Engine.at(socket);
    if (!(await answers(engine, ended))) {
      process.stderr.write(`dockerd does not start: ${lastWords(readFileSync(log, 'utf8')).join(' | ')}\n`);
      return exitCode.unavailable;
    }
    process.stdout.write(`${engine.address}\n`);
    await Promise.race([once(process.stdin.resume(), 'end'), asked(), ended]);
    return 0;
  } finally {
    child.kill('SIGTERM');
    await Promise.race([ended, delay(stopMs, undefined, { ref: false })]);
    cleanRun(space.id);
  }
}

async function answers(engine: Engine, ended: Promise<unknown>): Promise<boolean> {
  const deadline = performance.now() + startMs;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver && performance.now() < deadline) {
    try {
      await engine.ping();
      return true;
    } catch {
      await delay(50);
    }
  }
  return false;
}

function asked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

process.exit(await main());

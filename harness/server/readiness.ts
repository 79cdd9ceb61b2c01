import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../scenario/schema/server.js';

/** Waits until a server can be asked; it is told apart elsewhere whether the server ended meanwhile. */
export interface ReadinessOptions {
  ready: Server['ready'];
  env: NodeJS.ProcessEnv;
  /** What the server has said so far. */
  log: () => string;
  signal: AbortSignal;
}

/** Between two looks. */
const pauseMs = 10;

/** Resolves when the server is ready, rejects when the signal fires. */
export async function isReady({ ready, env, log, signal }: ReadinessOptions): Promise<void> {
  const look =
    ready.log !== undefined
      ? lines(ready.log, log)
      : ready.port !== undefined
        ? port(ready.port, env)
        : command(ready.command!, env);
  while (!(await look())) await delay(pauseMs, undefined, { signal });
}

function lines(pattern: string, log: () => string): () => Promise<boolean> {
  const wanted = new RegExp(pattern, 'm');
  return async () => wanted.test(log());
}

function port(wanted: number | 'own', env: NodeJS.ProcessEnv): () => Promise<boolean> {
  const number = wanted === 'own' ? Number(env.PLUGPULL_PORT) : wanted;
  return () =>
    new Promise((resolve) => {
      const socket = connect(number, '127.0.0.1');
      const answer = (open: boolean): void => {
        socket.destroy();
        resolve(open);
      };
      socket.once('connect', () => answer(true)).once('error', () => answer(false));
    });
}

function command(run: string, env: NodeJS.ProcessEnv): () => Promise<boolean> {
  return () =>
    new Promise((resolve) => {
      spawn('/bin/sh', ['-c', run], { env, stdio: 'ignore' })
        .once('error', () => resolve(false))
        .once('exit', (code) => resolve(code === 0));
    });
}

/**
 * attend JSON: starts a server in the current directory, waits until it is ready, runs what it is there for, and leaves
 * nothing running.
 *
 * With clients: they run at once, and print to this program's own standard output, so that their acks count. Ends with
 * the first client's exit code that is not 0; the server is stopped first, as the scenario says.
 * With a check: ends as a checker does (harness/judge/checker-verdict.ts). A server that does not start, is not ready in
 * time or ends while it is asked is a loss of its own, told apart from what the check says; the end of its log goes to
 * standard error.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { enterOwnNetwork } from '../attach/network-namespace.js';
import { adoptOrphans, killDescendants } from '../state/descendants.js';
import type { Attendance } from './attendance.js';
import { takePort } from './own-port.js';
import { RunningServer, ServerTrouble } from './running-server.js';
import { makeSocketFolder } from './socket-folder.js';

/** In a network of its own every port is free. */
const ownNetworksPort = 21_000;
const logLines = 6;

const violated = 1;
const cannotTell = 2;
const clientsFailed = 3;

async function attend(attendance: Attendance, socketFolder: string): Promise<number> {
  const port = enterOwnNetwork() ? ownNetworksPort : await takePort();
  const env = { ...process.env, PLUGPULL_PORT: `${port}`, PLUGPULL_SOCKET: join(socketFolder, 'socket') };
  const server = RunningServer.start(attendance.server, env);
  if ('check' in attendance) return check(attendance.check, server, env);
  return serve(attendance.clients, server, env);
}

async function serve(
  clients: readonly string[],
  server: RunningServer,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  try {
    await server.ready();
    const codes = await Promise.all(clients.map((run, n) => ended(run, { ...env, PLUGPULL_CLIENT: `${n}` })));
    if (server.end !== null)
      throw new ServerTrouble(`the server ${server.end} while its clients were running`);
    if (!(await server.stop())) throw new ServerTrouble('the server did not stop when it was asked to');
    return codes.find((code) => code !== 0) ?? 0;
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    process.stderr.write(`${endOf(server.log)}${error.message}\n`);
    return clientsFailed;
  }
}

async function check(
  { run, timeout }: { run: string; timeout: number },
  server: RunningServer,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  try {
    await server.ready();
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    process.stderr.write(endOf(server.log));
    process.stdout.write(`${error.message}\n`);
    return violated;
  }
  const limit = new AbortController();
  const said: Buffer[] = [];
  const code = await Promise.race([
    ended(run, env, (data) => said.push(data)),
    delay(timeout, 'timeout' as const, { signal: limit.signal }).catch(() => 'timeout' as const),
  ]);
  limit.abort();
  if (server.end !== null) {
    process.stderr.write(endOf(server.log));
    process.stdout.write(`the server ${server.end} while it was asked\n`);
    return violated;
  }
  process.stdout.write(Buffer.concat(said));
  if (code !== 'timeout') return code;
  process.stderr.write(
    `${endOf(server.log)}the checker did not end within ${timeout / 1000} s; the server was ready\n`,
  );
  return cannotTell;
}

/** The exit code of a command, 128 where a signal ended it; what it prints goes on at once, or to `onOutput`. */
function ended(run: string, env: NodeJS.ProcessEnv, onOutput?: (data: Buffer) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', run], {
      env,
      stdio: ['ignore', onOutput ? 'pipe' : 'inherit', 'inherit'],
    });
    if (onOutput) child.stdout?.on('data', onOutput);
    child.once('error', reject).once(onOutput ? 'close' : 'exit', (code) => resolve(code ?? 128));
  });
}

function endOf(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-logLines)
    .map((line) => `server: ${line}\n`)
    .join('');
}

adoptOrphans();
const sockets = makeSocketFolder();
try {
  process.exitCode = await attend(JSON.parse(process.argv[2] ?? '') as Attendance, sockets);
} finally {
  killDescendants();
  rmSync(sockets, { recursive: true, force: true });
}
process.exit();

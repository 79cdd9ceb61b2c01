/**
 * What an attending program does, on the host and in a container: starts a server in the current directory, or several that
 * have each a directory there, waits until they are ready, and runs what it is there for.
 *
 * With clients: they run at once, and print to this program's own standard output, so that their acks count. Ends with
 * the first client's exit code that is not 0; the servers are stopped first, as the scenario says.
 * With a check: ends as a checker does (harness/judge/checker-verdict.ts). A server that does not start, is not ready in
 * time or ends while it is asked is a loss of its own, told apart from what the check says by the exit code (`trouble.ts`); the
 * end of its log goes to standard error.
 */
import { chownSync, statfsSync } from 'node:fs';
import { descendantsOf } from '../state/descendants.js';
import {
  type Attendance,
  type CheckTask,
  type ClientTask,
  isCheck,
  namesOf,
  type Program,
} from './attendance.js';
import { RunningServer } from './running-server.js';
import { accountOf, onceHeardOut, startProgram } from './start-program.js';
import { ServerTrouble, troubleCodes, troubleOf } from './trouble.js';
import { limitOver } from './unhurried.js';
import { whatWaits } from './what-waits.js';

/** Of what a server said last. */
const logLines = 6;

const cannotTell = 2;
const clientsFailed = 3;

/**
 * @param env what the programs find in their environment: with $PLUGPULL_PORT and $PLUGPULL_SOCKET
 * @param say where the check's verdict goes: its output all at once, before this ends
 * @returns the exit code
 */
export async function attend(
  { servers, owner, task }: Attendance,
  env: NodeJS.ProcessEnv,
  say: Saying = { out: (text) => process.stdout.write(text), error: (text) => process.stderr.write(text) },
): Promise<number> {
  if (owner !== undefined) giveTo(owner, ['.', ...namesOf({ servers })]);
  const start = (): RunningServer[] => servers.map((server) => RunningServer.start(server, env));
  return isCheck(task) ? check(task, { servers: start(), env, say }) : serve(task, start, env);
}

/** Standard output and standard error of a check. */
export interface Saying {
  out(text: string | Buffer): void;
  error(text: string | Buffer): void;
}

interface CheckedWith {
  servers: readonly RunningServer[];
  env: NodeJS.ProcessEnv;
  say: Saying;
}

function giveTo(user: string, folders: readonly string[]): void {
  const { uid, gid } = accountOf(user);
  try {
    for (const folder of folders) chownSync(folder, uid, gid);
  } catch (error) {
    // A recovered directory may be read-only, or gone wrong in a way that the server or the check has to tell of.
    process.stderr.write(`the directory cannot be given to ${user}: ${(error as Error).message}\n`);
  }
}

async function serve(
  { before, clients }: ClientTask,
  start: () => RunningServer[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  for (const program of before) {
    const code = await ended(program, env);
    if (code !== 0) return code;
  }
  const servers = start();
  try {
    await allReady(servers);
    const codes = await Promise.all(
      clients.map((program, n) => ended(program, { ...env, PLUGPULL_CLIENT: `${n}` })),
    );
    requireRunning(servers, 'while its clients were running');
    const stopped = await Promise.all(
      servers.map(async (server) => ((await server.stop()) ? null : server.name)),
    );
    const stays = stopped.find((name) => name !== null);
    if (stays) throw new ServerTrouble(`${stays} did not stop when it was asked to`, 'crashes');
    return codes.find((code) => code !== 0) ?? 0;
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    process.stderr.write(`${lastLinesOf(servers)}${error.message}\n`);
    return clientsFailed;
  }
}

/** @throws ServerTrouble of the first that does not get ready */
async function allReady(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.ready()));
}

/** @throws ServerTrouble of one that has ended */
function requireRunning(servers: readonly RunningServer[], when: string): void {
  for (const { name, end } of servers)
    if (end !== null) throw new ServerTrouble(`${name} ${end} ${when}`, 'crashes');
}

function lastLinesOf(servers: readonly RunningServer[]): string {
  return servers.map((server) => server.lastLines(logLines)).join('');
}

async function check(
  { check: { timeout, ...program } }: CheckTask,
  { servers, env, say }: CheckedWith,
): Promise<number> {
  try {
    await allReady(servers);
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    return sayTrouble(error, servers, say);
  }
  const limit = new AbortController();
  const said: Buffer[] = [];
  const code = await Promise.race([
    ended(program, env, { out: (data) => said.push(Buffer.from(data)), error: say.error }),
    limitOver(timeout, limit.signal).then(() => 'timeout' as const),
  ]);
  limit.abort();
  const waits = code === 'timeout' ? whatWaits(descendantsOf(process.pid)) : '';
  try {
    requireRunning(servers, 'while it was asked');
  } catch (error) {
    return sayTrouble(error as ServerTrouble, servers, say);
  }
  say.out(Buffer.concat(said));
  if (code !== 'timeout') return troubleOf(code) === null ? code : cannotTell;
  const ready =
    servers.length === 0 ? '' : servers.length === 1 ? '; the server was ready' : '; the servers were ready';
  say.error(`${lastLinesOf(servers)}the checker did not end within ${timeout / 1000} s${ready}: ${waits}\n`);
  return cannotTell;
}

/** A server that found its disk full says nothing of a crash. */
function sayTrouble(
  { message, trouble }: ServerTrouble,
  servers: readonly RunningServer[],
  say: Saying,
): number {
  say.error(lastLinesOf(servers));
  const full = servers.find(({ log }) => /No space left on device|ENOSPC/.test(log));
  if (!full) {
    say.out(`${message}\n`);
    return troubleCodes[trouble];
  }
  const { bavail, bsize, blocks } = statfsSync(full.folder);
  say.out(
    `the recovered disk is full, ${bavail * bsize} of ${blocks * bsize} bytes are free (give it a larger storage.size): ${message}\n`,
  );
  return cannotTell;
}

/** The exit code of a program, 128 where a signal ended it; what it prints goes on at once, or to who hears it. */
function ended(program: Program, env: NodeJS.ProcessEnv, heard?: Saying): Promise<number> {
  return new Promise((resolve, reject) => {
    const output = heard ? 'pipe' : 'inherit';
    const child = startProgram(program, { env, stdio: ['ignore', output, output] });
    if (heard) {
      child.stdout?.on('data', heard.out);
      child.stderr?.on('data', heard.error);
    }
    const end = (code: number | null): void => resolve(code ?? 128);
    child.once('error', reject);
    if (heard) child.once('close', end);
    child.once('exit', (code) => (heard ? onceHeardOut(() => end(code)) : end(code)));
  });
}

/**
 * What an attending program does, on the host and in a container: starts a server in the current directory, waits until it
 * is ready, and runs what it is there for.
 *
 * With clients: they run at once, and print to this program's own standard output, so that their acks count. Ends with
 * the first client's exit code that is not 0; the server is stopped first, as the scenario says.
 * With a check: ends as a checker does (harness/judge/checker-verdict.ts). A server that does not start, is not ready in
 * time or ends while it is asked is a loss of its own, told apart from what the check says by the exit code (`trouble.ts`); the
 * end of its log goes to standard error.
 */
import { chownSync, statfsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Attendance, type CheckTask, type ClientTask, isCheck, type Program } from './attendance.js';
import { RunningServer } from './running-server.js';
import { accountOf, onceHeardOut, startProgram } from './start-program.js';
import { ServerTrouble, troubleCodes, troubleOf } from './trouble.js';

const logLines = 6;

const cannotTell = 2;
const clientsFailed = 3;

/**
 * @param env what the programs find in their environment: with $PLUGPULL_PORT and $PLUGPULL_SOCKET
 * @param say where the check's verdict goes: its output all at once, before this ends
 * @returns the exit code
 */
export async function attend(
  { server, owner, task }: Attendance,
  env: NodeJS.ProcessEnv,
  say: Saying = { out: (text) => process.stdout.write(text), error: (text) => process.stderr.write(text) },
): Promise<number> {
  if (owner !== undefined) giveTo(owner);
  const start = (): RunningServer | null => (server ? RunningServer.start(server, env) : null);
  return isCheck(task) ? check(task, { server: start(), env, say }) : serve(task, start, env);
}

/** Standard output and standard error of a check. */
export interface Saying {
  out(text: string | Buffer): void;
  error(text: string | Buffer): void;
}

interface CheckedWith {
  server: RunningServer | null;
  env: NodeJS.ProcessEnv;
  say: Saying;
}

function giveTo(user: string): void {
  const { uid, gid } = accountOf(user);
  try {
    chownSync('.', uid, gid);
  } catch (error) {
    // A recovered directory may be read-only, or gone wrong in a way that the server or the check has to tell of.
    process.stderr.write(`the directory cannot be given to ${user}: ${(error as Error).message}\n`);
  }
}

async function serve(
  { before, clients }: ClientTask,
  start: () => RunningServer | null,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  for (const program of before) {
    const code = await ended(program, env);
    if (code !== 0) return code;
  }
  const server = start();
  try {
    await server?.ready();
    const codes = await Promise.all(
      clients.map((program, n) => ended(program, { ...env, PLUGPULL_CLIENT: `${n}` })),
    );
    if (server && server.end !== null)
      throw new ServerTrouble(`the server ${server.end} while its clients were running`, 'crashes');
    if (server && !(await server.stop()))
      throw new ServerTrouble('the server did not stop when it was asked to', 'crashes');
    return codes.find((code) => code !== 0) ?? 0;
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    process.stderr.write(`${endOf(server?.log ?? '')}${error.message}\n`);
    return clientsFailed;
  }
}

async function check(
  { check: { timeout, ...program } }: CheckTask,
  { server, env, say }: CheckedWith,
): Promise<number> {
  try {
    await server?.ready();
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    return sayTrouble(error, server?.log ?? '', say);
  }
  const limit = new AbortController();
  const said: Buffer[] = [];
  const code = await Promise.race([
    ended(program, env, { out: (data) => said.push(Buffer.from(data)), error: say.error }),
    delay(timeout, 'timeout' as const, { signal: limit.signal }).catch(() => 'timeout' as const),
  ]);
  limit.abort();
  if (server && server.end !== null) {
    return sayTrouble(
      new ServerTrouble(`the server ${server.end} while it was asked`, 'crashes'),
      server.log,
      say,
    );
  }
  say.out(Buffer.concat(said));
  if (code !== 'timeout') return troubleOf(code) === null ? code : cannotTell;
  const ready = server ? '; the server was ready' : '';
  say.error(`${endOf(server?.log ?? '')}the checker did not end within ${timeout / 1000} s${ready}\n`);
  return cannotTell;
}

/** A server that found its disk full says nothing of a crash. */
function sayTrouble({ message, trouble }: ServerTrouble, log: string, say: Saying): number {
  say.error(endOf(log));
  if (!/No space left on device|ENOSPC/.test(log)) {
    say.out(`${message}\n`);
    return troubleCodes[trouble];
  }
  const { bavail, bsize, blocks } = statfsSync('.');
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

function endOf(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-logLines)
    .map((line) => `server: ${line}\n`)
    .join('');
}

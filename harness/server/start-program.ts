import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Program } from './attendance.js';

/** The numbers of a user, and where it lives. */
interface Account {
  uid: number;
  gid: number;
  home: string;
}

/**
 * Starts a program in this process's own process group: whoever gives this one up kills the group.
 *
 * @throws Error when its user is not known here
 */
export function startProgram(
  { argv, user }: Program,
  { env, stdio, folder }: { env: NodeJS.ProcessEnv; stdio: StdioOptions; folder?: string },
): ChildProcess {
  const [program, ...words] = argv;
  const options = { env, stdio, ...(folder === undefined ? {} : { cwd: folder }) };
  if (user === undefined) return spawn(program!, words, options);
  const { uid, gid, home } = accountOf(user);
  return spawn(program!, words, { ...options, env: { ...env, HOME: home }, uid, gid });
}

/**
 * What a user's name, number, or either with a group behind a colon stands for by /etc/passwd and /etc/group (passwd(5),
 * group(5)); a number need not be there.
 *
 * @throws Error when a name is not there
 */
export function accountOf(user: string): Account {
  const [name = '', group] = user.split(':');
  const entry = entryOf('/etc/passwd', name);
  const uid = numberOf(entry?.[2] ?? name);
  if (uid === null) throw new Error(`there is no user ${name} in /etc/passwd here`);
  const gid =
    group === undefined ? (numberOf(entry?.[3]) ?? 0) : numberOf(entryOf('/etc/group', group)?.[2] ?? group);
  if (gid === null) throw new Error(`there is no group ${group} in /etc/group here`);
  return { uid, gid, home: entry?.[5] ?? '/' };
}

/** The line of a name or number. */
function entryOf(file: string, name: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const entries = text.split('\n').map((line) => line.split(':'));
  return entries.find(([first]) => first === name) ?? entries.find((entry) => entry[2] === name);
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** How long what a program said last may take to be read once it has ended. */
const drainMs = 50;

/**
 * Calls back when a program that has ended is heard out: what it said is in the pipe by then and is read before. The pipe's
 * own end is no sign, as whom it left in the background may hold it open.
 */
export function onceHeardOut(then: () => void): void {
  setTimeout(() => setImmediate(then), drainMs);
}

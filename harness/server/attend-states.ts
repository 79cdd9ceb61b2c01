import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { killDescendants } from '../state/descendants.js';
import { reapOrphans } from '../state/reap-orphans.js';
import { attend } from './attend.js';
import { type Attendance, type AttendedEnd, type AttendedState, namesOf } from './attendance.js';
import { OwnAddresses } from './own-addresses.js';
import { takeSharedMemory } from './shared-memory.js';
import { emptySocketFolder } from './socket-folder.js';

const cannotTell = 2;
const reapAfterMs = 1;
/** Of what a check prints. */
const keptBytes = 4096;

/** Attends the same programs in one directory after the other, as standard input names them; nothing of them runs, or lies at $PLUGPULL_SOCKET, in between. */
export async function attendStates(attendance: Attendance, sockets: string): Promise<void> {
  const home = process.cwd();
  const addresses = new OwnAddresses(sockets, namesOf(attendance));
  for await (const line of createInterface({ input: process.stdin })) {
    takeSharedMemory();
    const env = { ...process.env, ...(await addresses.next()) };
    const end = await attendIn(JSON.parse(line) as AttendedState, attendance, env);
    killDescendants();
    // Its own children are seen to end by the event loop first.
    await delay(reapAfterMs);
    reapOrphans();
    // A socket that a killed server left would be in the way of the next one.
    emptySocketFolder(sockets);
    process.chdir(home);
    process.stdout.write(`${JSON.stringify(end)}\n`);
  }
}

async function attendIn(
  state: AttendedState,
  attendance: Attendance,
  env: NodeJS.ProcessEnv,
): Promise<AttendedEnd> {
  const [out, errors]: Buffer[][] = [[], []];
  const say = {
    out: (text: string | Buffer) => void out!.push(Buffer.from(text)),
    error: (text: string | Buffer) => void errors!.push(Buffer.from(text)),
  };
  let exit_code = cannotTell;
  try {
    process.chdir(state.directory);
    exit_code = await attend(attendance, { ...env, ...state.env }, say);
  } catch (error) {
    say.error((error as Error).message);
  }
  const stdout = Buffer.concat(out!).toString('utf8', 0, keptBytes);
  return { exit_code, stdout, stderr: Buffer.concat(errors!).subarray(-keptBytes).toString() };
}

/**
 * What a scenario runs, as commands for /bin/sh. Without `server` and `user` these are the scenario's own words. With
 * them, a program of ours (`attend-process.ts`) stands in front of them: it starts the server where the workload or the checker
 * runs, waits until it is ready, and ends it. So each place and each engine runs servers without knowing of them.
 */
import { fileURLToPath } from 'node:url';
import type { Checker, Scenario } from '../scenario/schema.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { asUser, givenTo } from './as-user.js';
import type { Attendance } from './attendance.js';

const attendProgram = fileURLToPath(new URL('attend-process.js', import.meta.url));

/** What runs before the recording; undefined where there is nothing to do. */
export function setupCommand({ workload: { setup, user } }: Scenario): string | undefined {
  if (user === undefined) return setup;
  return setup === undefined ? givenTo(user) : `${givenTo(user)} && ${asUser(setup, user)}`;
}

/** The workload: the program itself, or a server and its clients. */
export function workloadCommand(scenario: Scenario): string {
  const { workload, server, clients } = scenario;
  const { run, user } = workload;
  if (!server) return user === undefined ? run : asUser(run, user);
  const each = [...clients.map((client) => ({ ...client })), ...(run === '' ? [] : [{ run, count: 1 }])];
  return attended({
    server: { ...server, run: commandAs(server.run, server.user ?? user) },
    clients: each.flatMap(({ run, count }) => Array<string>(count).fill(commandAs(run, user))),
  });
}

/** The checker; with a server, one that finds it running on the recovered directory. */
export function checkerOf(scenario: Scenario): Checker | undefined {
  const { checker, server, workload } = scenario;
  if (!checker) return undefined;
  const run = commandAs(checker.run, workload.user);
  // A recording does not tell whose the directory itself was; the setup gave it to the user. A persistent checker runs elsewhere.
  const { user } = workload;
  const whose = user === undefined || checker.persistent ? '' : `${givenTo(user)} 2>/dev/null; `;
  if (!server) return { ...checker, run: `${whose}${run}` };
  const attendance: Attendance = {
    server: { ...server, run: commandAs(server.run, server.user ?? workload.user) },
    check: { run, timeout: checker.timeout },
  };
  // Both limits are the attending program's, which tells them apart; this one is for the program itself.
  return {
    ...checker,
    run: `${whose}${attended(attendance)}`,
    timeout: server.timeout + checker.timeout + graceMs,
  };
}

/** To start and to end what it started. */
const graceMs = 10_000;

/** Whether some of it runs as somebody else, who has to reach the workload's directory then. */
export function runsAsOthers({ workload, server }: Scenario): boolean {
  return workload.user !== undefined || server?.user !== undefined;
}

function commandAs(command: string, user: string | undefined): string {
  return user === undefined ? command : asUser(command, user);
}

function attended(attendance: Attendance): string {
  return `exec ${[process.execPath, attendProgram, JSON.stringify(attendance)].map(shellQuote).join(' ')}`;
}

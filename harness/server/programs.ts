/**
 * What a scenario runs, as commands for /bin/sh. Without `server`, `user` and container these are the scenario's own words.
 * With them a program of ours stands in front: one that attends a server (`attend-process.ts`), or one that does so in a
 * container (`container/run-process.ts`), where the workload or the checker runs. So each place and each engine runs
 * servers and containers without knowing of them.
 */
import { fileURLToPath } from 'node:url';
import type { Checker } from '../scenario/schema/checker.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import type { Server } from '../scenario/schema/server.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { asUser, givenTo } from './as-user.js';
import { type Attendance, type AttendedServer, type Program, shell } from './attendance.js';
import type { ContainerJob } from './container-job.js';
import { mostStretch } from './unhurried.js';

const attendProgram = fileURLToPath(new URL('attend-process.js', import.meta.url));
const containerProgram = fileURLToPath(new URL('../container/run-process.js', import.meta.url));

/** What runs before the recording; undefined where there is nothing to do. */
export function setupCommand(scenario: Scenario): string | undefined {
  const { setup, user } = scenario.workload;
  const servers = serversOf(scenario, ({ initialise }) => initialise);
  const contained = containerOf(scenario);
  if (contained) {
    if (setup === undefined && servers.length === 0 && user === undefined) return undefined;
    const before = setup === undefined ? [] : [programOf(scenario, setup)];
    return inContainer(scenario, { servers, owner: user, task: { before, clients: [] } });
  }
  const steps = [
    ...(user === undefined ? [] : [givenTo(user, Object.keys(scenario.nodes ?? {}))]),
    ...(setup === undefined ? [] : [user === undefined ? setup : `( ${asUser(setup, user)} )`]),
    ...(servers.length > 0 ? [attended({ servers, task: { before: [], clients: [] } })] : []),
  ];
  if (steps.length === 0) return undefined;
  return steps.length === 1 ? steps[0] : steps.map((step) => `{ ${step}\n}`).join(' && ');
}

/**
 * The workload: the program itself, or a server and its clients.
 *
 * @param cutAtLog the disk's power is to be cut when the server has printed a line that matches
 */
export function workloadCommand(scenario: Scenario, cutAtLog?: string): string {
  const { workload, clients } = scenario;
  const { run, user } = workload;
  const contained = containerOf(scenario) !== undefined;
  const servers = serversOf(scenario);
  if (servers.length === 0 && !contained) return user === undefined ? run : asUser(run, user);
  const each = [...clients, ...(run === '' ? [] : [{ run, count: 1 }])];
  const programs = each.flatMap(({ run, count }) => Array<Program>(count).fill(programOf(scenario, run)));
  const attendance: Attendance = {
    servers: cutAtLog === undefined ? servers : servers.map((server) => ({ ...server, cutAtLog })),
    task: { before: [], clients: programs },
  };
  return contained ? inContainer(scenario, attendance) : attended(attendance);
}

/** A checker as it is started. */
export interface StartedChecker extends Checker {
  /**
   * By a program that attends it, whose exit code may tell of its server (`trouble.ts`). A persistent one is asked and
   * answers as `AttendedState` and `AttendedEnd` say.
   */
  attended?: boolean;
}

/**
 * The checker, for many states: the program that attends it stays, because starting that takes longer than many a server.
 * In a container it goes with it.
 */
export function checkerOfMany(scenario: Scenario): StartedChecker | undefined {
  const checker = checkerOf(scenario);
  if (!checker?.attended || containerOf(scenario)) return checker;
  const { workload, explore } = scenario;
  // A recovery that is crashed again is not thrown away before: what is synced in it counts.
  const attendance = { ...checkedBy(scenario), owner: workload.user, thrownAway: !explore.nested };
  return { ...checker, run: attended(attendance, '--stay'), persistent: true };
}

/** The checker; with a server, one that finds it running on the recovered directory. */
export function checkerOf(scenario: Scenario): StartedChecker | undefined {
  const { checker, workload } = scenario;
  const servers = serversOf(scenario);
  if (!checker) return undefined;
  // A recording does not tell whose the directory itself was; the setup gave it to the user. A persistent checker runs elsewhere.
  const { user } = workload;
  const contained = containerOf(scenario) !== undefined;
  const whose =
    user === undefined || checker.persistent
      ? ''
      : `${givenTo(user, Object.keys(scenario.nodes ?? {}))} 2>/dev/null; `;
  if (servers.length === 0 && !contained)
    return { ...checker, run: `${whose}${user === undefined ? checker.run : asUser(checker.run, user)}` };
  const attendance = checkedBy(scenario);
  // Both limits are the attending program's, which tells them apart; this one is for the program itself, should it hang.
  const starting = Math.max(0, ...servers.map(({ timeout }) => timeout));
  const timeout = mostStretch * (starting + checker.timeout) + graceMs;
  const run = contained
    ? inContainer(scenario, { ...attendance, owner: user })
    : `${whose}${attended(attendance)}`;
  return { ...checker, run, timeout, attended: true };
}

function checkedBy(scenario: Scenario): Attendance {
  const { run, timeout } = scenario.checker!;
  return { servers: serversOf(scenario), task: { check: { ...programOf(scenario, run), timeout } } };
}

/** To start and to end what it started. */
const graceMs = 60_000;

/** Whether some of it runs as somebody else, who has to reach the workload's directory then. */
export function runsAsOthers({ workload, server, nodes = {} }: Scenario): boolean {
  return [workload, server, ...Object.values(nodes)].some((program) => program?.user !== undefined);
}

/** The container that the programs run in; undefined where they run in none. */
function containerOf({ place, container }: Scenario): Scenario['container'] {
  return place === 'container' ? container : undefined;
}

/** The server, or those of the nodes; all, or those that are wanted. */
function serversOf(scenario: Scenario, isWanted: (server: Server) => boolean = () => true): AttendedServer[] {
  const { server, nodes = {} } = scenario;
  const all = server ? [{ one: server }] : Object.entries(nodes).map(([node, one]) => ({ node, one }));
  return all
    .filter(({ one }) => isWanted(one))
    .map(({ one: { run, user, ready, stop, timeout }, ...name }) => ({
      ...name,
      program: programOf(scenario, run, user),
      ...{ ready, stop, timeout },
    }));
}

/** A command of the scenario's. In a container there may be no setpriv: the attending program changes the user there. */
function programOf(scenario: Scenario, run: string, user = scenario.workload.user): Program {
  if (containerOf(scenario)) return { ...(run === '' ? { argv: [] } : shell(run)), user };
  return shell(user === undefined ? run : asUser(run, user));
}

function attended(attendance: Attendance, ...options: string[]): string {
  return commandOf(attendProgram, attendance, ...options);
}

function inContainer(scenario: Scenario, attendance: Attendance): string {
  const { image, data, network, memory } = scenario.container!;
  const job: ContainerJob = {
    image: image!,
    data: data!,
    network,
    memoryBytes: memory ?? null,
    env: Object.keys(scenario.workload.env),
    attendance,
  };
  return commandOf(containerProgram, job);
}

function commandOf(program: string, told: object, ...options: string[]): string {
  return `exec ${[process.execPath, program, JSON.stringify(told), ...options].map(shellQuote).join(' ')}`;
}

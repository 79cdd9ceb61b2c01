import type { Server } from '../scenario/schema/server.js';

/** A program as whoever attends it starts it. */
export interface Program {
  argv: readonly string[];
  /** Whom the attending program makes it run as, as for `docker run --user`; absent: as itself. */
  user?: string | undefined;
}

export interface AttendedServer extends Pick<Server, 'ready' | 'stop' | 'timeout'> {
  program: Program;
  /** Of several: its name, and that of its directory in the current one; absent: the only one, which runs in the current one. */
  node?: string | undefined;
  /** A regular expression: when it has printed a line that matches, the recorded disk loses its power. */
  cutAtLog?: string | undefined;
}

/** What the attending program is told, as JSON on its command line. */
export interface Attendance {
  /** Started first, all at once; none where the programs need none. */
  servers: readonly AttendedServer[];
  /** Whose the current directory, and the servers' own in it, are to be before anything starts; absent: it stays. */
  owner?: string | undefined;
  /** What its programs leave behind is thrown away: then their syncs need not be done. */
  thrownAway?: boolean | undefined;
  task: ClientTask | CheckTask;
}

export interface ClientTask {
  /** One after the other, before the server is started. */
  before: Program[];
  /** Run at once when the servers are ready; their end is the workload's. */
  clients: Program[];
}

export interface CheckTask {
  /** Judges the directory the servers were started in; `timeout` in milliseconds. */
  check: Program & { timeout: number };
}

/** A line for an attending program that stays: a directory to attend the programs in. */
export interface AttendedState {
  /** Absolute. */
  directory: string;
  /** More variables for the programs. */
  env: Record<string, string>;
}

/** The line that answers it: how the check ended, as it would by itself, and what it printed. */
export interface AttendedEnd {
  exit_code: number;
  stdout: string;
  stderr: string;
}

export function isCheck(task: Attendance['task']): task is CheckTask {
  return 'check' in task;
}

/** Names of the servers, where they have any. */
export function namesOf({ servers }: Pick<Attendance, 'servers'>): string[] {
  return servers.flatMap(({ node }) => node ?? []);
}

/** A command for /bin/sh. */
export function shell(run: string): Program {
  return { argv: ['/bin/sh', '-c', run] };
}

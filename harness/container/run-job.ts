/**
 * Runs a job in a container of its own and removes it: started, then given what it is to see, then waited for.
 *
 * The engine mounts plain files of ours (programs, the scenario's folder). The recorded or recovered directory, and what
 * else is mounted in a namespace that the engine does not see, is put into the container by us (foreign-mounts.ts), so nothing
 * hangs on how the engine's mounts propagate. That the container is on this machine is seen by its process, which
 * has to be one of ours.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ForeignMount, mountInside } from '../attach/foreign-mounts.js';
import { type Attendance, isCheck, type Program } from '../server/attendance.js';
import type { ContainerJob } from '../server/container-job.js';
import { RunSpace, runMark, stateFolder } from '../state/run-space.js';
import { UnavailableError } from '../verdict/errors.js';
import { type Engine, EngineError } from './engine.js';
import type { InsideJob } from './inside-job.js';
import { engineLabel, insidePaths, jobVariables } from './inside-paths.js';
import { builtFolder, insideCommand, insideProgram, toolbox } from './toolbox.js';

/** What an image says of itself (GET /images/NAME/json). */
export interface ImageFacts {
  Id: string;
  Architecture: string;
  Os: string;
  Config: {
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    User?: string;
    Volumes?: Record<string, object> | null;
  } | null;
}

interface RunJobOptions {
  engine: Engine;
  job: ContainerJob;
  /** This process's: what of it concerns the programs goes on to them. */
  env: NodeJS.ProcessEnv;
  /** What is mounted at the job's `data`. */
  directory: string;
  hear: (data: Buffer, isError: boolean) => void;
}

/** A mark of the container's first process: a number can be another machine's. */
const containerMark = 'PLUGPULL_CONTAINER';

/**
 * @returns the exit code
 * @throws EngineError when the engine refuses; UnavailableError when the container is not on this machine
 */
export async function runJob({ engine, job, env, directory, hear }: RunJobOptions): Promise<number> {
  const run = env[runMark] ?? '';
  const space = RunSpace.at(join(stateFolder(), run));
  const name = `plugpull-${run}-${randomBytes(4).toString('hex')}`;
  const image = await engine.json<ImageFacts>('GET', `/images/${job.image}/json`);
  space.note({ kind: 'container', what: engine.address });
  const inside: InsideJob = {
    data: job.data,
    attendance: withImage(job.attendance, image),
    stdoutFile: env[jobVariables.stdoutFolder] !== undefined,
    tracer: tracerFrom(env),
  };
  await engine.json('POST', `/containers/create?name=${name}`, {
    body: {
      Image: image.Id,
      User: '0:0',
      WorkingDir: '/',
      Entrypoint: insideCommand('node'),
      Cmd: [insideProgram, JSON.stringify(inside)],
      Env: environment(job, env, name),
      Labels: { [engineLabel]: run },
      HostConfig: {
        AutoRemove: true,
        NetworkMode: job.network === 'own' ? await ownNetwork(engine, run) : 'none',
        Mounts: engineMounts(space.folder, env),
        Tmpfs: { [insidePaths.run]: 'mode=1777', [job.data]: '' },
        LogConfig: { Type: 'none' },
        ...(job.memoryBytes === null ? {} : { Memory: job.memoryBytes, MemorySwap: job.memoryBytes }),
        // Of programs that run as somebody else strace cannot see the descriptors without.
        ...(inside.tracer === null ? {} : { CapAdd: ['SYS_PTRACE'] }),
      },
    },
  });
  const output = await engine.attach(name, hear);
  // Asked before the start: a container that ends at once is removed at once.
  const removed = engine.json<{ StatusCode: number }>('POST', `/containers/${name}/wait?condition=removed`);
  removed.catch(() => {});
  await engine.text('POST', `/containers/${name}/start`);
  const pid = await processOf(engine, name);
  if (pid !== null) {
    const state = env.PLUGPULL_STATE === undefined ? null : stateInside(env.PLUGPULL_STATE, job.data);
    mountInside(pid, mountsInto(directory, job, env), () => {
      if (state !== null) writeFileSync(insidePaths.state, state, { mode: 0o644 });
      writeFileSync(insidePaths.go, '');
    });
  }
  const { StatusCode } = await removed;
  await output.ended;
  return StatusCode;
}

/** How long the first process may take from its start to its program, with a margin for a machine under load. */
const startMs = 60_000;
const pauseMs = 2;

/**
 * The number of its first process; null when it has ended already.
 *
 * @throws UnavailableError when it runs, and not on this machine
 */
async function processOf(engine: Engine, name: string): Promise<number | null> {
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    const pid = await numberOf(engine, name);
    if (pid === null) return null;
    // Until it is its program, it is the engine's own.
    for (let look = 0; look < 100 && existsSync(`/proc/${pid}`); look++) {
      if (isMarked(pid, name)) return pid;
      await delay(pauseMs);
    }
  }
  throw new UnavailableError(
    `place: container: the engine at ${engine.address} does not run containers on this machine, or not where this process sees them: the disk that is recorded here cannot be mounted in them; use an engine of this machine that runs as root (DOCKER_HOST=unix:///var/run/docker.sock)`,
  );
}

async function numberOf(engine: Engine, name: string): Promise<number | null> {
  try {
    const { State } = await engine.json<{ State: { Pid: number } }>('GET', `/containers/${name}/json`);
    return State.Pid === 0 ? null : State.Pid;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return null;
    throw error;
  }
}

function isMarked(pid: number, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${containerMark}=${name}`);
  } catch {
    // Gone meanwhile, or not ours to look at.
    return false;
  }
}

/** What the scenario leaves to the image: its command, and whom it runs as. */
function withImage(attendance: Attendance, { Config }: ImageFacts): Attendance {
  const { servers, task } = attendance;
  const imagesUser = Config?.User || undefined;
  const command = [...(Config?.Entrypoint ?? []), ...(Config?.Cmd ?? [])];
  const filled = (program: Program): Program => ({
    argv: program.argv.length === 0 ? command : program.argv,
    user: program.user ?? imagesUser,
  });
  return {
    ...attendance,
    owner: attendance.owner ?? imagesUser,
    servers: servers.map((server) => ({ ...server, program: filled(server.program) })),
    task: isCheck(task)
      ? { check: { ...task.check, ...filled(task.check) } }
      : { before: task.before.map(filled), clients: task.clients.map(filled) },
  };
}

function tracerFrom(env: NodeJS.ProcessEnv): readonly string[] | null {
  const given = env[jobVariables.tracer];
  if (given === undefined) return null;
  const [, ...words] = JSON.parse(given) as string[];
  // Aside it would end with the container's first process, before the log is whole.
  return words.filter((word) => word !== '-D');
}

/** The variables of the programs; the image's own stay where there are none of the name. */
function environment(job: ContainerJob, env: NodeJS.ProcessEnv, name: string): string[] {
  const own = new Set<string>(Object.values(jobVariables));
  const passed = Object.entries(env).filter(
    ([key, value]) =>
      value !== undefined &&
      !own.has(key) &&
      (/^(PLUGPULL_.*|WORKLOADS|SCENARIO|PYTHONUNBUFFERED|PYTHONDONTWRITEBYTECODE)$/.test(key) ||
        job.env.includes(key)),
  );
  const there = {
    ...Object.fromEntries(passed),
    [containerMark]: name,
    ...(env.PLUGPULL_ACK === undefined ? {} : { PLUGPULL_ACK: insidePaths.ackSocket }),
    ...(env.PLUGPULL_STATE === undefined ? {} : { PLUGPULL_STATE: insidePaths.state }),
    ...(env.PLUGPULL_DIR === undefined ? {} : { PLUGPULL_DIR: job.data }),
  };
  return Object.entries(there).map(([key, value]) => `${key}=${value}`);
}

/** Plain files, which the engine can see wherever it mounts. */
function engineMounts(spaceFolder: string, env: NodeJS.ProcessEnv): object[] {
  const folders = [...new Set([env.WORKLOADS, env.SCENARIO])].filter(
    (path) => path !== undefined && path !== '/' && existsSync(path),
  );
  const mounts = [
    [toolbox(spaceFolder), insidePaths.tools],
    [process.execPath, insidePaths.node],
    [join(builtFolder, '../package.json'), insidePaths.package],
    [builtFolder, insidePaths.built],
    ...folders.map((path) => [path, path]),
  ];
  return mounts.map(([Source, Target]) => ({ Type: 'bind', Source, Target, ReadOnly: true }));
}

function mountsInto(directory: string, job: ContainerJob, env: NodeJS.ProcessEnv): ForeignMount[] {
  const wanted = [
    [directory, job.data],
    [env.PLUGPULL_ACK, insidePaths.ackSocket],
    [env[jobVariables.stdoutFolder], insidePaths.stdoutFolder],
    [env[jobVariables.traceFolder], insidePaths.traceFolder],
  ] as const;
  return wanted.flatMap(([from, to]) => (from === undefined || !existsSync(from) ? [] : [{ from, to }]));
}

/** What the checker is told, with the directory as it is called in the container. */
function stateInside(file: string, directory: string): string {
  return JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), directory });
}

/** The run's network, made with its first container. */
async function ownNetwork(engine: Engine, run: string): Promise<string> {
  const Name = `plugpull-${run}`;
  try {
    await engine.json('POST', '/networks/create', {
      body: { Name, CheckDuplicate: true, Labels: { [engineLabel]: run } },
    });
  } catch (error) {
    if (!(error instanceof EngineError && error.status === 409)) throw error;
  }
  return Name;
}

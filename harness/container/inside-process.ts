/**
 * The first program in a container: waits until everything is mounted, then attends the programs (server/attend.ts).
 * When it ends, the kernel ends all that is left of them. Uses nothing but Node: the container has no more of ours.
 *
 * Where the programs' system calls are traced, or their standard output is a file that makes them wait, they are
 * attended by a second process, which is started with both.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { attend } from '../server/attend.js';
import { ownNetworksPort } from '../server/own-networks-port.js';
import { processIds, processState } from '../state/process-state.js';
import { killUntilGone } from '../state/processes.js';
import type { InsideJob } from './inside-job.js';
import { insidePaths } from './inside-paths.js';
import { insideCommand, insideProgram } from './toolbox.js';

const pauseMs = 2;

async function main(job: InsideJob): Promise<number> {
  while (!existsSync(insidePaths.go)) await delay(pauseMs);
  process.chdir(job.data);
  const { stdoutFile, tracer, ...plain } = job;
  if (stdoutFile || tracer !== null) return again(plain, { stdoutFile, tracer });
  const env = { ...process.env, PLUGPULL_PORT: `${ownNetworksPort}`, PLUGPULL_SOCKET: insidePaths.socket };
  try {
    return await attend(job.attendance, env);
  } finally {
    endOthers();
  }
}

function again(
  plain: Pick<InsideJob, 'data' | 'attendance'>,
  { stdoutFile, tracer }: Pick<InsideJob, 'stdoutFile' | 'tracer'>,
): Promise<number> {
  const next: InsideJob = { ...plain, stdoutFile: false, tracer: null };
  const [program, ...words] = [
    ...(tracer === null ? [] : [...insideCommand('strace'), ...tracer]),
    ...insideCommand('node'),
    insideProgram,
    JSON.stringify(next),
  ];
  const stdout = stdoutFile ? openSync(insidePaths.stdout, 'w') : 'inherit';
  return new Promise((resolve, reject) => {
    spawn(program!, words, { stdio: ['ignore', stdout, 'inherit'] })
      .once('error', reject)
      .once('exit', (code) => resolve(code ?? 128));
  });
}

/** Everything but this process, the first one and who traces this one: strace ends when nobody is left to trace. */
function endOthers(): void {
  if (process.pid === 1) return;
  const others = (): number[] =>
    processIds().filter(
      (pid) => pid > 1 && pid !== process.pid && pid !== process.ppid && processState(pid) !== null,
    );
  killUntilGone(others, undefined, { rounds: 200, pauseMs: 5 });
}

process.exit(await main(JSON.parse(process.argv[2] ?? '') as InsideJob));

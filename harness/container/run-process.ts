/**
 * run JSON: runs a job in a container that the current directory is mounted in, prints what it prints, and ends as it
 * does. What it cannot do is said on standard error, with an exit code that is no verdict.
 */
import { writeSync } from 'node:fs';
import type { ContainerJob } from '../server/container-job.js';
import { PlugpullError } from '../verdict/errors.js';
import { Engine } from './engine.js';
import { runJob } from './run-job.js';

const cannotTell = 2;

async function main(): Promise<number> {
  try {
    return await runJob({
      engine: Engine.find(),
      job: JSON.parse(process.argv[2] ?? '') as ContainerJob,
      env: process.env,
      directory: process.cwd(),
      hear: (data, isError) => writeAll(isError ? 2 : 1, data),
    });
  } catch (error) {
    const reason =
      error instanceof PlugpullError ? error.message : `the container engine: ${(error as Error).message}`;
    process.stderr.write(`${reason}\n`);
    return cannotTell;
  }
}

/** Standard output may be a file that makes its writer wait. */
function writeAll(fd: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done);
}

process.exit(await main());

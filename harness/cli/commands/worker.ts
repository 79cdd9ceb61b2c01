import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Argv, CommandModule } from 'yargs';
import { ownMaker } from '../../jobs/own-makers.js';
import { JobProcess } from '../../queue/job-process-client.js';
import { connectQueue } from '../../queue/redis.js';
import { addressText } from '../../queue/redis-address.js';
import { Store } from '../../queue/store.js';
import { work } from '../../queue/working.js';
import { cleanDeadRuns } from '../../state/clean.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode } from '../../verdict/exit-code.js';
import { interruptible } from '../interrupt.js';
import { refuseLanes } from '../lanes-option.js';
import { queueOf, queueOptions } from '../queue-options.js';

interface WorkerArguments {
  queue?: string;
  store?: string;
  lanes?: number;
  idle?: number;
}

export const workerCommand: CommandModule<object, WorkerArguments> = {
  command: 'worker',
  describe: 'Take part in what plugpull probe or run --queue ask for, on this machine or another',
  builder: (yargs) =>
    yargs
      .options({
        ...queueOptions,
        lanes: { type: 'number', describe: 'lanes of a job side by side; one a core without it' },
        idle: { type: 'number', describe: 'end when nobody has asked for anything for so many seconds' },
      })
      .example(
        '$0 worker --queue redis://127.0.0.1:6379 --store /srv/plugpull',
        'a worker; start as many as there are machines',
      )
      .example(
        '$0 probe --fs ext4 --seq 2 --queue redis://127.0.0.1:6379 --store /srv/plugpull',
        'what it takes part in',
      ) as unknown as Argv<WorkerArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: WorkerArguments): Promise<number> {
  const { lanes, idle } = args;
  const chosen = queueOf(args);
  if (!chosen)
    throw new UsageError(
      'worker: expected --queue redis://127.0.0.1:6379 and --store FOLDER; see plugpull worker --help',
    );
  refuseLanes(lanes);
  if (idle !== undefined && !(idle >= 0)) throw new UsageError(`--idle: expected seconds, got ${idle}`);
  const store = Store.open(chosen.store);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  for (const { run: dead, left } of cleanDeadRuns())
    if (left.length > 0)
      say(`warning: a killed run (${dead}) left what cannot be removed: ${left.join('; ')}`);
  const server = await connectQueue(chosen.address);
  const program = fileURLToPath(new URL('../../jobs/job-process.js', import.meta.url));
  const doer = new JobProcess([process.execPath, program, store.folder, String(lanes ?? 'all')], process.env);
  const name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  say(`worker ${name} at ${addressText(chosen.address)}`);
  try {
    const ended = await interruptible(async (signal) => {
      const idleMs = idle === undefined ? null : idle * 1000;
      await work({ server, store, name, doer, own: ownMaker, idleMs, signal, say });
      return signal.aborted ? 'interrupted' : 'done';
    });
    return ended === 'interrupted' ? exitCode.interrupted : exitCode.pass;
  } finally {
    await doer.close();
    server.close();
  }
}

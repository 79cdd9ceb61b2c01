/** Processes that do one job after the other: which are kept, which are not, and that none outlives its pool. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { LineProcess } from '../../harness/state/line-process.js';
import { ProcessPool } from '../../harness/state/process-pool.js';
import { processesMarked } from '../../harness/state/processes.js';
import { runMark } from '../../harness/state/run-space.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-pool-'));
process.env.PLUGPULL_STATE_DIR = join(folder, 'state');
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Says its number, and does what it is told: its job, or how to take it that the job is over. */
const program = { path: join(folder, 'program.mjs') };
writeFileSync(
  program.path,
  `import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
const say = (message) => console.log(JSON.stringify(message));
let job = null;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === 'job') {
    job = message.does;
    if (job === 'complains') console.error('something is odd');
    if (job === 'has a child') say({ child: spawn('sleep', ['600'], { stdio: 'ignore' }).pid });
    say({ pid: process.pid });
  } else if (job === 'ends') process.exit(0);
  else if (job !== 'hangs') {
    say({ type: job === 'faults' ? 'fault' : 'leaf' });
    say({ type: 'rested' });
    if (job === 'wakes') say({ type: 'fault' });
  }
}
`,
);

interface Said {
  pid?: number;
  child?: number;
}

/** Has a job done, and gives the process back. */
async function done(pool: ProcessPool, does: string): Promise<Required<Said>> {
  const { process, said } = await begun(pool, does);
  await pool.giveBack(process);
  return said;
}

async function begun(
  pool: ProcessPool,
  does: string,
): Promise<{ process: LineProcess; said: Required<Said> }> {
  const process = pool.take(program);
  const said = await new Promise<Said>((resolve) => {
    let all: Said = {};
    const onLine = (line: string): void => {
      all = { ...all, ...(JSON.parse(line) as Said) };
      if (all.pid !== undefined) resolve(all);
    };
    process.hear({ onLine, onEnd() {} });
    process.send({ type: 'job', does });
  });
  return { process, said: said as Required<Said> };
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\s[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await sleep(5);
}

/** As long as a busy machine takes. */
const patientMs = 300_000;

t.test('one that rested does the next job; two jobs at a time have one each', async (t) => {
  const pool = new ProcessPool(patientMs);
  const first = await begun(pool, 'rests');
  const second = await begun(pool, 'rests');
  t.not(second.said.pid, first.said.pid);
  await pool.giveBack(first.process);
  const { pid } = await done(pool, 'rests');
  t.equal(pid, first.said.pid);
  await pool.giveBack(second.process);
  t.equal(pool.take({ ...program, words: ['other'] }).isNew, true, 'other words are another program');
  const [run] = readdirSync(process.env.PLUGPULL_STATE_DIR!);
  t.equal(processesMarked(runMark, run!).length, 3);
  await pool.close();
  t.strictSame(processesMarked(runMark, run!), [], 'none outlives it, used or not');
  t.strictSame(readdirSync(process.env.PLUGPULL_STATE_DIR!), []);
});

t.test('one that was never told anything is as good as new', async (t) => {
  const pool = new ProcessPool(patientMs);
  const untold = pool.take(program);
  await pool.giveBack(untold);
  t.equal(pool.take(program), untold);
  await pool.giveBack(untold);
  await pool.close();
});

for (const does of ['complains', 'ends', 'faults'])
  t.test(`one that ${does} does no other job`, async (t) => {
    const pool = new ProcessPool(patientMs);
    const { pid } = await done(pool, does);
    t.notOk(isThere(pid));
    t.not((await done(pool, 'rests')).pid, pid);
    await pool.close();
  });

t.test('one that does not let go of its job in time is killed, with what it had started', async (t) => {
  const pool = new ProcessPool(50);
  const { pid } = await done(pool, 'hangs');
  t.notOk(isThere(pid));
  const { process, said } = await begun(pool, 'has a child');
  await process.end(0);
  await gone(said.child);
  t.notOk(process.isRunning);
  await pool.close();
});

t.test('one that rests and then says something, or ends, does no other job', async (t) => {
  const pool = new ProcessPool(patientMs);
  const woken = await done(pool, 'wakes');
  await gone(woken.pid);
  const resting = await begun(pool, 'rests');
  await pool.giveBack(resting.process);
  process.kill(resting.said.pid, 'SIGKILL');
  await resting.process.ended;
  t.not((await done(pool, 'rests')).pid, resting.said.pid);
  await pool.close();
});

t.test('what is given back when the command is over ends', async (t) => {
  const pool = new ProcessPool(patientMs);
  const { process, said } = await begun(pool, 'rests');
  await pool.close();
  await pool.giveBack(process);
  t.notOk(isThere(said.pid));
});

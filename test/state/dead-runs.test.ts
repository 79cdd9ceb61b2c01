/** Which runs are dead, and what of them is theirs: looked at without any of them being killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { cleanDeadRuns, cleanRun, notedLoopDevices } from '../../harness/state/clean.js';
import { isAlive, RunSpace } from '../../harness/state/run-space.js';

const state = mkdtempSync(join(tmpdir(), 'plugpull-dead-'));
process.env.PLUGPULL_STATE_DIR = state;
t.teardown(() => rmSync(state, { recursive: true, force: true }));

/** The start time of a process, as its run notes it (proc(5), stat). */
const startTime = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[19]!;

function folder(id: string, owner?: unknown): string {
  const path = join(state, id);
  mkdirSync(path);
  if (owner !== undefined) writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
  return path;
}

t.test('a run that has a folder and has not noted yet whose it is', async (t) => {
  const young = `${process.pid}-00000001`;
  const path = folder(young);
  t.ok(isAlive(young), 'its owner is about to');
  cleanDeadRuns();
  t.ok(existsSync(path), 'nobody takes its folder away');
  utimesSync(path, 1, 1);
  t.notOk(isAlive(young), 'a number that was given to another process since then');
  folder('2147483647-00000002');
  cleanDeadRuns();
  t.notOk(existsSync(join(state, '2147483647-00000002')), 'its owner was killed at that moment');
});

t.test('an owner that has ended, and of which nobody took leave', async (t) => {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => parent.kill('SIGKILL'));
  const [said] = (await once(parent.stdout!, 'data')) as [Buffer];
  const pid = Number(said);
  const owner = { pid, startTime: startTime(pid) };
  folder(`${pid}-00000003`, owner);
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await sleep(10);
  t.notOk(isAlive(`${pid}-00000003`));
});

t.test('a loop device that went is not the run’s any more', async (t) => {
  const space = RunSpace.create();
  t.teardown(() => cleanRun(space.id));
  for (const what of ['/dev/loop7', '/dev/loop8', '/dev/loop9']) space.note({ kind: 'loop', what });
  space.note({ kind: 'loop gone', what: '/dev/loop8' });
  space.note({ kind: 'loop gone', what: '/dev/loop9' });
  space.note({ kind: 'loop', what: '/dev/loop9' });
  space.note({ kind: 'mount', what: '/dev/loop6' });
  appendFileSync(space.path('made.ndjson'), '{"kind":"loop","what":"/dev/loo');
  t.strictSame(notedLoopDevices(space.folder), ['/dev/loop7', '/dev/loop9']);
});

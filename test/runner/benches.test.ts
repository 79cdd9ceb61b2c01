/** What killed tests leave: found by its owner, and removed with mounts, processes and files; nobody else's is touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { mountsBelow } from '../../harness/state/mounts.js';
import { requires } from '../require.js';
import { newBench, removeDeadBenches } from './benches.js';

// Short: sockets lie below it.
const folder = mkdtempSync(join(tmpdir(), 'pb-'));
process.env.TMPDIR = folder;
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const built = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A test with a run in its bench, which has something mounted; it says when, and waits to be killed. */
const hanging = `
import { execFileSync, spawn } from 'node:child_process';
import { RunSpace } from ${built('../../harness/state/run-space.js')};
import { newBench, stateOf } from ${built('./benches.js')};
process.env.PLUGPULL_STATE_DIR = stateOf(newBench());
const space = RunSpace.create();
execFileSync('mount', ['-t', 'tmpfs', 'left', space.newFolder('mounted')]);
const child = spawn('sleep', ['600'], { env: { ...process.env, ...space.environment }, detached: true, stdio: 'ignore' });
console.log(child.pid);
setInterval(() => {}, 1000);`;

t.test('a bench whose test was killed is removed, one in use is not', async (t) => {
  if (!requires(t, { root: true })) return;
  const inUse = newBench();
  const killed = spawn(process.execPath, ['--input-type=module', '-e', hanging], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(killed.stdout, 'data')) as [Buffer];
  const left = Number(said);
  t.same(removeDeadBenches(), [], 'both are in use');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  t.equal(mountsBelow(folder).length, 1, 'it left something mounted');
  const removed = removeDeadBenches();
  t.equal(removed.length, 1);
  t.same(mountsBelow(folder), []);
  for (let i = 0; i < 10_000 && existsSync(`/proc/${left}`); i++) await sleep(10);
  t.notOk(existsSync(`/proc/${left}`), 'its process was ended');
  t.ok(existsSync(inUse) && !existsSync(removed[0]!));
});

t.test('a folder that nobody claimed stays, whatever it is called', async (t) => {
  const strange = join(folder, 'plugpull-test-mine');
  mkdirSync(strange);
  writeFileSync(join(strange, 'file'), '');
  t.same(removeDeadBenches(), []);
  t.ok(existsSync(join(strange, 'file')));
});

t.test('a run that is interrupted leaves nothing of its files', async (t) => {
  if (!requires(t, { root: true, fuse: true, loop: true, fs: 'ext4', commands: ['nbdfuse'] })) return;
  const before = readdirSync(folder);
  const runner = spawn(process.execPath, [join(import.meta.dirname, 'main.js'), 'e2e/power-cut'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  runner.stdout.on('data', (text: Buffer) => {
    output += text;
  });
  const ended = once(runner, 'exit');
  while (mountsBelow(folder).length === 0 && runner.exitCode === null) await sleep(5);
  runner.kill('SIGINT');
  t.equal((await ended)[0], 130, output);
  t.match(output, /interrupted by SIGINT/);
  t.same(mountsBelow(folder), []);
  t.same(readdirSync(folder), before);
});

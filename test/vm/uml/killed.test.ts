/** What a run in User-mode Linux leaves when it is killed, and when its guest's kernel fails. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { processesMarked } from '../../../harness/state/processes.js';
import { knownRuns, runMark } from '../../../harness/state/run-space.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = { commands: ['setpriv', 'python3', 'strace', 'mkfs.ext4', 'apt-get', 'depmod', 'modprobe'] };
const inUml = ['--place', 'vm', '--kernel', 'uml', '--no-calibrate'];

function scenario(bench: Bench, name: string, run: string, checker = 'true'): string {
  const path = join(bench.folder, `${name}.yaml`);
  const words = { name, workload: { run }, ack: { stdout: '^(ack.*)$' }, checker: { run: checker } };
  // What is JSON is YAML.
  writeFileSync(path, JSON.stringify(words));
  return path;
}

for (const { at, run, checker } of [
  { at: 'a guest records', run: 'echo one > file; sync; echo ack one; sleep 6000', checker: 'true' },
  { at: 'lanes recover', run: 'echo one > file; sync; echo ack one', checker: 'sleep 600' },
]) {
  t.test(`kill -9 of the command while ${at}: no process, socket or memory stays`, async (t) => {
    if (!requires(t, need)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const temporary = join(bench.folder, 'tmp');
    mkdirSync(temporary);
    bench.extraEnv = { TMPDIR: temporary };
    const slow = scenario(bench, 'slow', run, checker);
    const options = [...inUml, '--vm-recover', 'uml', '--engine', 'replay'];
    const command = bench.start(['run', ...options, '--out', join(bench.folder, 'out'), slow]);
    process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
    const running = (): number[] => knownRuns().flatMap((id) => processesMarked(runMark, id));
    let over = false;
    void command.ended.then(() => {
      over = true;
    });
    // Its memory has no name any more: whatever ends it, no file stays.
    const hasGuest = (): boolean => running().some((pid) => / rwxs .* \(deleted\)/.test(mapsOf(pid)));
    while (!over && !(hasGuest() && (checker === 'true' || traced(bench)))) await delay(50);
    // In the midst of it.
    await delay(500);
    while (!over && running().length < 2) await delay(50);
    t.ok(running().length > 1, 'guest and disk run');
    command.kill('SIGKILL');
    await command.ended;
    for (let waited = 0; running().length > 0 && waited < 400_000; waited += 50) await delay(50);
    t.strictSame(running(), [], 'they ended with it');
    await bench.plugpull(['doctor', '--clean']);
    t.strictSame(bench.leftovers(), [], 'the folder, sockets and all, goes with doctor --clean');
    t.strictSame(readdirSync(temporary), []);
  });
}

t.test('a workload that takes its kernel down leaves the run unknown, with the last words', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const panic = scenario(bench, 'panic', 'echo c > /proc/sysrq-trigger; sleep 30');
  const { ended, results } = await bench.run([...inUml, panic]);
  t.equal(ended.exitCode, 2, ended.stderr.slice(-500));
  t.match(JSON.stringify(results.runs[0]), /Kernel panic - not syncing: sysrq triggered crash/);
  t.strictSame(bench.leftovers(), []);
});

/** proc(5), maps; empty when the process is gone. */
function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the recording is over. */
function traced(bench: Bench): boolean {
  const out = join(bench.folder, 'out');
  return (
    existsSync(out) &&
    readdirSync(out, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('manifest.json'))
  );
}

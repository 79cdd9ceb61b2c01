/** What a run in User-mode Linux leaves when it is killed, and when its guest's kernel fails. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { processesMarked } from '../../../harness/state/processes.js';
import { knownRuns, runMark } from '../../../harness/state/run-space.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = { commands: ['setpriv', 'python3', 'strace', 'mkfs.ext4', 'apt-get', 'depmod', 'modprobe'] };
const inUml = ['--place', 'vm', '--kernel', 'uml', '--no-calibrate'];

function scenario(bench: Bench, name: string, run: string): string {
  const path = join(bench.folder, `${name}.yaml`);
  writeFileSync(path, `name: ${name}\nworkload: {run: ${JSON.stringify(run)}}\nack: {stdout: '^(ack.*)$'}\n`);
  return path;
}

t.test(
  'kill -9 of the command: no process, socket or memory stays; a folder goes with doctor --clean',
  async (t) => {
    if (!requires(t, need)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const slow = scenario(bench, 'slow', 'echo one > file; sync; echo ack one; sleep 60');
    const run = bench.start(['run', ...inUml, '--out', join(bench.folder, 'out'), slow]);
    process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
    const running = (): number[] => knownRuns().flatMap((id) => processesMarked(runMark, id));
    while (!(knownRuns().length > 0 && consoles(bench).length > 0)) await delay(50);
    await delay(500);
    t.ok(running().length > 1, 'the guest and its disk run');
    run.kill('SIGKILL');
    await run.ended;
    for (let waited = 0; running().length > 0 && waited < 60_000; waited += 50) await delay(50);
    t.strictSame(running(), [], 'they ended with it');
    await bench.plugpull(['doctor', '--clean']);
    t.strictSame(knownRuns(), []);
  },
);

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

/** The folders of guests that were started. */
function consoles(bench: Bench): string[] {
  return readdirSync(bench.stateFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('console.log'),
  );
}

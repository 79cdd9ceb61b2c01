/**
 * Whoever works on a lane's disk has mounts of its own, which end with it: a lane that were left with them would unmount
 * what lies on the disk that it serves itself.
 */
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { processesMarked } from '../../harness/state/processes.js';
import { knownRuns, runMark } from '../../harness/state/run-space.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const lanes = [
  {
    of: 'the probe',
    program: 'host-resident-process',
    words: ['probe', '--fs', 'ext4', '--layers', 'loop', '--lanes', '1'],
    workload: [],
  },
  {
    of: 'a run',
    program: 'lane/recoverer',
    words: ['run', '--engine', 'replay', '--no-calibrate', '--lanes', '1', '--checker', 'sleep 20'],
    workload: ['--', 'sh', '-c', 'echo a > f; sync f'],
  },
];

for (const { of, program, words, workload } of lanes) {
  t.test(`kill -9 of who recovers in a lane of ${of}: the lane ends, and nothing stays`, async (t) => {
    if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
    const command = bench.start([...words, '--out', join(bench.folder, 'out'), ...workload]);
    let over = false;
    void command.ended.then(() => {
      over = true;
    });
    const running = (): number[] => knownRuns().flatMap((id) => processesMarked(runMark, id));
    const mounted = new RegExp(` ${bench.stateFolder}/\\S+ .* - ext4 `);
    const mounting = (): number | undefined =>
      running().find((pid) => told(pid, 'cmdline').includes(program) && mounted.test(told(pid, 'mountinfo')));
    let pid = mounting();
    for (; pid === undefined && !over; pid = mounting()) await delay(20);
    if (pid === undefined) throw new Error(`it ended too soon: ${(await command.ended).stderr}`);
    const lane = Number(/^PPid:\s*(\d+)/m.exec(told(pid, 'status'))![1]);
    const [own, lanes] = [pid, lane].map((one) => readlinkSync(`/proc/${one}/ns/mnt`));
    // Else the lane would never end.
    if (!t.not(own, lanes, 'mounts of its own')) {
      command.kill('SIGINT');
      await command.ended;
      return;
    }
    process.kill(pid, 'SIGKILL');
    t.ok([70, 2].includes((await command.ended).exitCode!), 'the command says that a lane was lost');
    t.strictSame(running(), []);
    t.strictSame(bench.leftovers(), []);
  });
}

t.test('a checker that opens and closes each file that is open in who recovers ends no lane', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const looks = `
import os
pid = os.getppid()
while pid > 1:
    with open(f"/proc/{pid}/cmdline") as words: name = words.read()
    if "lane/recoverer" in name:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try: os.close(os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK))
            except OSError: pass
        open("${join(bench.folder, 'looked')}", "w").close()
    with open(f"/proc/{pid}/stat") as stat: pid = int(stat.read().rpartition(")")[2].split()[1])
assert open("f").read() == "a\\n", "f holds something else"
`;
  writeFileSync(join(bench.folder, 'looks.py'), looks);
  const words = ['run', '--engine', 'replay', '--no-calibrate', '--lanes', '1', '--promise', 'none'];
  const checker = `exec python3 ${join(bench.folder, 'looks.py')}`;
  const workload = ['sh', '-c', 'echo a > f; sync f .; echo b > g; sync g'];
  const ended = await bench.start([
    ...words,
    ...['--checker', checker, '--setup', 'echo a > f', '--out', join(bench.folder, 'out'), '--', ...workload],
  ]).ended;
  t.equal(ended.exitCode, 0, `${ended.stdout}${ended.stderr}`);
  t.ok(existsSync(join(bench.folder, 'looked')));
});

/** A file of a process in /proc; empty where it is gone. */
function told(pid: number, name: 'cmdline' | 'mountinfo' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

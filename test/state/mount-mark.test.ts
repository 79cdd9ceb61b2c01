/** What a workload leaves in the background is ended, whatever it threw away of what it was started with. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runWorkload } from '../../harness/capture/workload.js';
import { runTraced } from '../../harness/contract/tracing/traced-run.js';
import { HeldMounts, heldMounts } from '../../harness/state/mount-mark.js';
import { ownMounts } from '../../harness/state/own-mounts.js';
import { requires } from '../require.js';

/** A daemon without environment, session, parents or descriptors; it leaves its number behind. */
const daemon = (file: string): string => `python3 - <<'EOT'
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("${file}", "w").write(str(os.getpid()))
        os.chdir("/")
        os.closerange(0, 200)
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
os.wait()
EOT
while ! [ -s ${file} ]; do sleep 0.01; done`;

const isAlive = (pid: number): boolean => {
  try {
    // A zombie has ended.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

function started(t: { teardown(undo: () => void): void }): {
  folder: string;
  file: string;
  pid: () => number;
} {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-daemon-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'pid');
  return { folder, file, pid: () => Number(readFileSync(file, 'utf8')) };
}

const need = { root: true, commands: ['python3', 'unshare'] };

t.test('traced', async (t) => {
  if (!requires(t, { ...need, commands: [...need.commands, 'strace'] })) return;
  const { folder, file, pid } = started(t);
  const run = { command: daemon(file), directory: folder, env: process.env, timeoutMs: 60_000 };
  const { exitCode } = await runTraced({ ...run, trace: { logFile: join(folder, 'log') } });
  t.equal(exitCode, 0);
  t.notOk(isAlive(pid()));
  t.match(
    readFileSync(join(folder, 'log'), 'latin1'),
    /\+\+\+ killed by SIGKILL \+\+\+\n$/,
    'and the log is whole',
  );
});

t.test('a setup', async (t) => {
  if (!requires(t, need)) return;
  const { folder, file, pid } = started(t);
  await runTraced({
    command: daemon(file),
    directory: folder,
    env: process.env,
    timeoutMs: 60_000,
    trace: null,
  });
  t.notOk(isAlive(pid()));
});

t.test('recorded', async (t) => {
  if (!requires(t, need)) return;
  const { folder, file, pid } = started(t);
  const end = await runWorkload({
    ...{ command: daemon(file), folder, env: {}, id: 'test', timeoutMs: 60_000 },
    ...{ stdout: 1, stderr: 2 },
  });
  t.equal(end.exit_code, 0);
  t.notOk(isAlive(pid()));
});

const holding = ['ignore', 'ignore', 'ignore', 'ignore', 'pipe'] as const;

t.test('nobody with the mounts that everybody has is ended', async (t) => {
  const child = spawn('sleep', ['600']);
  t.teardown(() => child.kill());
  const own = spawn('/bin/sh', ['-c', 'echo >&4; read -r _ <&4'], { stdio: [...holding] });
  const mounts = HeldMounts.of(own);
  await once(own, 'exit');
  mounts.killAll();
  t.ok(isAlive(child.pid!));
});

t.test('nobody is ended whose mounts got the number of those that are gone', async (t) => {
  if (!requires(t, need)) return;
  const namespaceOf = (pid: number): number => statSync(`/proc/${pid}/ns/mnt`).ino;
  const first = spawn(heldMounts()[0]!, [...heldMounts().slice(1), 'true'], { stdio: [...holding] });
  const mounts = HeldMounts.of(first);
  await once(first, 'exit');
  const others = Array.from({ length: 20 }, () => {
    const [program, ...words] = [...ownMounts(), '/bin/sh', '-c', 'echo here; exec sleep 600'];
    return spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  });
  t.teardown(() => {
    for (const other of others) other.kill('SIGKILL');
  });
  await Promise.all(others.map((other) => once(other.stdout!, 'data')));
  const numbers = new Set(others.map(({ pid }) => namespaceOf(pid!)));
  t.equal(numbers.size, others.length, 'each has mounts of its own');
  mounts.killAll();
  t.ok(others.every(({ pid }) => isAlive(pid!)));
  mounts.release();
  mounts.killAll();
  t.ok(
    others.every(({ pid }) => isAlive(pid!)),
    'nor later',
  );
});

t.test('what others unmount is not held on to', async (t) => {
  if (!requires(t, need)) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-shared-'));
  const mount = (...args: string[]): void => void execFileSync('mount', args);
  mount('--bind', folder, folder);
  t.teardown(() => {
    execFileSync('umount', ['-R', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  mount('--make-shared', folder);
  const foreign = join(folder, 'foreign');
  mkdirSync(foreign);
  mount('-t', 'tmpfs', 'foreign', foreign);
  const [program, ...words] = [...ownMounts(), '/bin/sh', '-c', 'echo here; exec sleep 600'];
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill());
  await once(child.stdout!, 'data');
  const held = (): boolean => readFileSync(`/proc/${child.pid}/mountinfo`, 'utf8').includes(foreign);
  t.ok(held(), 'it has a copy');
  execFileSync('umount', [foreign]);
  t.notOk(held(), 'which is gone with the original');
});

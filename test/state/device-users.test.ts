/**
 * What a killed run left on its disk is found by where it is, when it has thrown away all else that it was known by; and
 * nobody else is touched.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { attachLoop, backingFileOf, detachLoop } from '../../harness/attach/loop.js';
import { cleanDeadRuns } from '../../harness/state/clean.js';
import { killDeviceUsers } from '../../harness/state/device-users.js';
import { processState } from '../../harness/state/process-state.js';
import { ownerOf } from '../../harness/state/run-space.js';
import { requires } from '../require.js';

const state = mkdtempSync(join(tmpdir(), 'plugpull-users-'));
process.env.PLUGPULL_STATE_DIR = state;
t.teardown(() => rmSync(state, { recursive: true, force: true }));

const need = { root: true, loop: true, commands: ['python3', 'mkfs.ext4', 'umount'] };

/** Without environment, session, parents or descriptors but the one it waits with; where it is, is all that it has. */
const orphan = `
import mmap, os, signal, sys
folder, how, file = sys.argv[1:4]
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        path = os.path.join(folder, "data")
        if how == "folder": os.chdir(folder)
        elif how == "root": os.chroot(folder)
        else: os.chdir("/")
        keep = os.open(path, os.O_RDONLY) if how == "descriptor" else -1
        if keep >= 0: os.set_inheritable(keep, True)
        if how != "root": open(file, "w").write(str(os.getpid()))
        else: print(os.getpid(), flush=True)
        for fd in range(3): os.close(fd)
        if how == "mapping":
            fd = os.open(path, os.O_RDONLY)
            mapped = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
            os.close(fd)
            signal.pause()
        if how == "root":
            signal.pause()
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
os.wait()
`;

const isThere = (pid: number): boolean => processState(pid) !== null;

interface Disk {
  device: string;
  at: string;
}

/** A disk with a file system, mounted, as a run has it. */
function disk(folder: string, label: string, fs = 'ext4'): Disk {
  const image = join(folder, 'image');
  const at = join(folder, 'mnt');
  mkdirSync(at, { recursive: true });
  const fd = openSync(image, 'w');
  ftruncateSync(fd, (fs === 'btrfs' ? 128 : 16) * 1024 * 1024);
  closeSync(fd);
  execFileSync(`mkfs.${fs}`, ['-q', image]);
  const device = attachLoop(image, { label, note: () => {} }, { directIo: false });
  execFileSync('mount', [device, at]);
  writeFileSync(join(at, 'data'), 'x'.repeat(4096));
  return { device, at };
}

async function started(how: string, at: string, file: string): Promise<number> {
  const said = execFileSync('python3', ['-c', orphan, at, how, file], { encoding: 'utf8' });
  if (how === 'root') return Number(said);
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(10);
  return Number(readFileSync(file, 'utf8'));
}

/** A run whose owner was there before all that it left, and is dead. */
function deadRun(number: string): { id: string; folder: string } {
  const owner = spawn('sleep', ['600'], { stdio: 'ignore' });
  const id = `${owner.pid}-${number}`;
  const folder = join(state, id);
  mkdirSync(folder);
  const { startTime } = processState(owner.pid!)!;
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: owner.pid, startTime }));
  owner.kill('SIGKILL');
  return { id, folder };
}

async function free(device: string): Promise<boolean> {
  // Who was the last to use it has been killed, and has to come to its end.
  for (let tries = 0; tries < 10_000 && backingFileOf(device) !== null; tries++) await sleep(10);
  return backingFileOf(device) === null;
}

const ways = ['folder', 'descriptor', 'mapping', 'root'];

t.test('an orphan on the lazily detached disk of a killed run', async (t) => {
  if (!requires(t, need)) return;
  const { id, folder } = deadRun('0000000a');
  const foreign = mkdtempSync(join(tmpdir(), 'plugpull-foreign-'));
  const others = disk(foreign, 'somebody else');
  const bystanders = await Promise.all(
    ways.map((how) => started(how, others.at, join(foreign, `pid-${how}`))),
  );
  t.teardown(async () => {
    for (const pid of bystanders) process.kill(pid, 'SIGKILL');
    execFileSync('umount', ['-l', others.at]);
    detachLoop(others.device, 'somebody else');
    await free(others.device);
    rmSync(foreign, { recursive: true });
  });
  const own = disk(folder, `plugpull:${id}`);
  const orphans = await Promise.all(ways.map((how) => started(how, own.at, join(foreign, `own-${how}`))));
  execFileSync('umount', ['-l', own.at]);
  const [cleaned] = cleanDeadRuns();
  t.match(cleaned, { run: id, processes: ways.length, loops: [own.device], left: [] });
  t.strictSame(orphans.filter(isThere), []);
  t.ok(await free(own.device), 'the loop device is free');
  t.strictSame(bystanders.filter(isThere), bystanders, 'on a disk of somebody else’s, nobody is touched');
  t.ok(existsSync(join(others.at, 'data')));
  t.strictSame(cleanDeadRuns(), []);
});

t.test('btrfs has device numbers of its own', async (t) => {
  if (!requires(t, { ...need, fs: 'btrfs' })) return;
  const { id, folder } = deadRun('0000000b');
  const foreign = mkdtempSync(join(tmpdir(), 'plugpull-foreign-'));
  const own = disk(folder, `plugpull:${id}`, 'btrfs');
  const orphan = await started('folder', own.at, join(foreign, 'pid'));
  execFileSync('umount', ['-l', own.at]);
  // Somebody else's FIFO, of which nobody can tell any more where it lies: whoever opened it would wait for its other end.
  const shown = join(foreign, 'shown');
  mkdirSync(shown);
  execFileSync('mount', ['-t', 'tmpfs', 'none', shown]);
  execFileSync('mkfifo', [join(shown, 'fifo')]);
  const hold =
    'import os, sys, time; os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK); print("held", flush=True); time.sleep(600)';
  const holder = spawn('python3', ['-c', hold, join(shown, 'fifo')], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  execFileSync('umount', ['-l', shown]);
  const [cleaned] = cleanDeadRuns();
  t.match(cleaned, { run: id, processes: 1, left: [] });
  t.equal(holder.exitCode ?? holder.signalCode, null);
  t.notOk(isThere(orphan));
  t.ok(await free(own.device));
  rmSync(foreign, { recursive: true });
});

t.test('who was there before the run, or has a terminal, is told of and lives', async (t) => {
  if (!requires(t, need)) return;
  const foreign = mkdtempSync(join(tmpdir(), 'plugpull-foreign-'));
  t.teardown(() => rmSync(foreign, { recursive: true, force: true }));
  const at = join(foreign, 'mnt');
  mkdirSync(at);
  const early = spawn(
    '/bin/sh',
    [
      '-c',
      `while ! [ -e ${foreign}/go ]; do sleep 0.01; done; cd ${at}; touch ${foreign}/early; exec sleep 600`,
    ],
    { stdio: 'ignore' },
  );
  // Start times are told in hundredths of a second.
  await sleep(20);
  const { id, folder } = deadRun('0000000c');
  const own = disk(folder, `plugpull:${id}`);
  execFileSync('mount', ['--bind', own.at, at]);
  writeFileSync(join(foreign, 'go'), '');
  const person = spawn(
    'python3',
    [
      '-c',
      'import pty, sys; pty.spawn(sys.argv[1:])',
      '/bin/sh',
      '-c',
      `cd ${at}; echo $$ > ${foreign}/person; exec sleep 600`,
    ],
    { stdio: 'ignore' },
  );
  const file = join(foreign, 'person');
  while (!existsSync(join(foreign, 'early')) || !existsSync(file) || readFileSync(file, 'utf8') === '')
    await sleep(10);
  const spared = [early.pid!, Number(readFileSync(file, 'utf8'))];
  const [cleaned] = cleanDeadRuns();
  t.strictSame(spared.filter(isThere), spared);
  t.equal(cleaned!.left.length, 1);
  for (const pid of spared) t.match(cleaned!.left[0], `process ${pid} (`);
  t.ok(ownerOf(folder), 'the run can be found again');
  for (const pid of spared) process.kill(pid, 'SIGKILL');
  await Promise.all([early, person].map(ended));
  t.match(cleanDeadRuns(), [{ run: id, left: [] }]);
  t.ok(await free(own.device));
  t.notOk(existsSync(folder));
});

t.test('who came by a device that was the run’s, and who belongs to another run, lives', async (t) => {
  if (!requires(t, need)) return;
  const { id, folder } = deadRun('0000000d');
  const own = disk(folder, `plugpull:${id}`);
  const stand = (run: string): ChildProcess =>
    spawn('sleep', ['600'], { cwd: own.at, env: { PLUGPULL_RUN: run }, stdio: 'ignore' });
  const livesOn = `${process.pid}-0000000e`;
  const children = [stand(livesOn), stand(`${deadRun('0000000f').id}`)];
  const [another, nobodys] = children.map(({ pid }) => pid!);
  t.teardown(() => children.forEach((child) => void child.kill('SIGKILL')));
  const owner = ownerOf(folder)!;
  // Elsewhere, its disk is known by the device alone.
  const elsewhere = mkdtempSync(join(tmpdir(), 'plugpull-foreign-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }));
  const looks = [[own.device], []];
  const gone = killDeviceUsers({ folder: elsewhere, loops: () => looks.shift() ?? [], owner });
  t.strictSame(gone, { killed: 0, spared: [] });
  t.ok(isThere(another!) && isThere(nobodys!), 'it was given to others while it was looked for');
  const { killed, spared } = killDeviceUsers({ folder, loops: () => [own.device], owner });
  t.equal(killed, 1);
  t.notOk(isThere(nobodys!), 'the control: whose run is dead is ended');
  t.ok(isThere(another!));
  t.match(spared, [`process ${another} (`]);
  children[0]!.kill('SIGKILL');
  await ended(children[0]!);
  t.match(
    cleanDeadRuns().find(({ run }) => run === id),
    { left: [] },
  );
  t.ok(await free(own.device));
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}

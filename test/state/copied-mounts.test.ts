/** What runs mounted is not held on to by the programs of others, which have copies of the machine's mounts. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { attachLoop, detachLoop } from '../../harness/attach/loop.js';
import { HeldMounts, heldMounts } from '../../harness/state/mount-mark.js';
import { ownMounts, withOwnMounts } from '../../harness/state/own-mounts.js';
import { requires } from '../require.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-copies-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of a run as the state folder has it. */
function runFolder(id: string): string {
  const path = join(folder, id);
  mkdirSync(path);
  writeFileSync(join(path, 'owner.json'), '{}');
  return path;
}

/** A file system on a loop device of that run, mounted in its folder and at another place. */
function mountedBy(id: string): { device: string; at: string[]; remove: () => void } {
  const run = runFolder(id);
  const image = join(run, 'image');
  execFileSync('mkfs.ext4', ['-q', image, '8M']);
  const device = attachLoop(image, { label: `plugpull:${id}`, note: () => {} });
  const at = [join(run, 'view'), join(folder, `shown-${id}`)];
  for (const each of at) {
    mkdirSync(each);
    execFileSync('mount', [device, each]);
  }
  let removed = false;
  const remove = (): void => {
    if (removed) return;
    removed = true;
    for (const each of at) execFileSync('umount', [each]);
    detachLoop(device, `plugpull:${id}`);
  };
  return { device, at, remove };
}

const mountsOf = (pid: number): string => readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
const need = { root: true, loop: true, commands: ['mkfs.ext4', 'unshare', 'umount'] };

t.test('a device that another run made is free when that run lets it go', async (t) => {
  if (!requires(t, need)) return;
  const foreign = mountedBy('1-0a0a0a0a');
  const own = mountedBy(`${process.pid}-0b0b0b0b`);
  t.teardown(() => [foreign, own].forEach(({ remove }) => void remove()));
  const commands = [ownMounts(), heldMounts(), withOwnMounts('/bin/sh').slice(0, -1)];
  const children = commands.map((command) => {
    const [program, ...words] = [...command, '/bin/sh', '-c', 'echo here; exec sleep 600'];
    const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore', 'ignore', 'pipe'] });
    const mounts = HeldMounts.of(child);
    t.teardown(() => {
      child.kill('SIGKILL');
      mounts.release();
    });
    return child;
  });
  await Promise.all(children.map(({ stdout }) => once(stdout!, 'data')));
  for (const { pid } of children) {
    for (const at of foreign.at) t.notOk(mountsOf(pid!).includes(at), `${at} is not held on to`);
    for (const at of own.at) t.ok(mountsOf(pid!).includes(at), `${at} is there: our own run's`);
  }
  t.ok(mountsOf(process.pid).includes(foreign.at[0]!), 'here nothing was taken away');
  foreign.remove();
  const isAttached = (): boolean => existsSync(`/sys/block/${foreign.device.slice(5)}/loop/backing_file`);
  // Other tests' programs may have a copy for the moment that it takes to drop it.
  while (isAttached()) await sleep(20);
  t.notOk(isAttached(), 'the device is free while they run');
});

t.test('a folder that only looks like a run’s is left alone', async (t) => {
  if (!requires(t, need)) return;
  const at = join(folder, '2-0c0c0c0c');
  mkdirSync(at);
  execFileSync('mount', ['-t', 'tmpfs', 'none', at]);
  t.teardown(() => execFileSync('umount', [at]));
  const [program, ...words] = [...ownMounts(), '/bin/sh', '-c', 'echo here; exec sleep 600'];
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  t.ok(mountsOf(child.pid!).includes(at));
});

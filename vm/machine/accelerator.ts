/**
 * Which accelerator runs guests here. /dev/kvm that opens proves nothing: inside some virtual machines a guest
 * started with it stops at its first instructions. So a guest is started once, with a time limit, and the answer
 * is remembered until the machine boots again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { GuestImages } from '../image/guest-images.js';
import { type Accelerator, accelerators, qemuProgram } from './qemu-command.js';

type Bootable = Pick<GuestImages, 'kernel' | 'initramfs'>;

/** A kernel under KVM speaks within a second. */
const probeLimitMs = 6000;

export async function chooseAccelerator(images: Bootable): Promise<Accelerator> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return 'tcg';
  }
  const known = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'plugpull',
    'vm',
    'accelerator',
  );
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  try {
    const [accelerator, of] = readFileSync(known, 'utf8').trim().split(' ');
    if (of === boot && accelerators.includes(accelerator as Accelerator)) return accelerator as Accelerator;
  } catch {
    // Not asked before.
  }
  const accelerator = (await kvmRuns(images)) ? 'kvm' : 'tcg';
  mkdirSync(join(known, '..'), { recursive: true });
  writeFileSync(known, `${accelerator} ${boot}\n`);
  return accelerator;
}

/** Does a kernel say anything at all under KVM? */
async function kvmRuns({ kernel, initramfs }: Bootable): Promise<boolean> {
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', qemuProgram],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ...['-machine', 'pc', '-accel', 'kvm', '-cpu', 'host', '-m', '256M'],
      ...['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 panic=-1'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], detached: true },
  );
  const exit = once(child, 'exit').catch(() => {});
  let said = '';
  const spoke = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('Linux version')) resolve(true);
    });
    void exit.then(() => resolve(false));
    setTimeout(() => resolve(false), probeLimitMs).unref();
  });
  const runs = await spoke;
  child.kill('SIGKILL');
  await exit;
  return runs;
}

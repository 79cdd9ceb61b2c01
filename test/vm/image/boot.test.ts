/** The images in a real guest: it boots, every module that is said to load does, and the root's programs run. */
import { execa } from 'execa';
import t from 'tap';
import { guestImages } from '../../../vm/image/guest-images.js';
import { requires } from '../../require.js';
import { testGuest } from './own-cache.js';

t.setTimeout(580_000);

const need = { commands: ['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs', 'qemu-system-x86_64'] };

/** What the tests' init prints, by its first word. */
async function boot(kernel: string): Promise<{ release: string; lines: string[] }> {
  const images = await guestImages({ kernel, guest: testGuest });
  const { stdout } = await execa(
    'qemu-system-x86_64',
    [
      ...['-M', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', '512', '-nodefaults', '-display', 'none'],
      ...['-no-reboot', '-serial', 'stdio', '-kernel', images.kernel, '-initrd', images.initramfs],
      ...['-append', 'console=ttyS0 quiet panic=-1'],
      ...['-drive', `if=none,id=root,file=${images.root},format=raw,readonly=on`],
      ...['-device', 'virtio-blk-pci,drive=root'],
    ],
    { timeout: 270_000, stdin: 'ignore' },
  );
  return { release: images.kernelRelease, lines: stdout.split(/\r?\n/) };
}

function lineOf(lines: readonly string[], word: string): string[] {
  return (lines.find((line) => line.startsWith(`${word} `)) ?? '').split(' ').slice(1).filter(Boolean);
}

for (const [kernel, fileSystems] of [
  ['cloud', ['btrfs', 'ext4', 'xfs']],
  ['generic', ['btrfs', 'ext4', 'f2fs', 'xfs']],
] as const) {
  t.test(`${kernel}: boots, loads all of its modules, runs the root's programs`, async (t) => {
    if (!requires(t, need)) return;
    const { release, lines } = await boot(kernel);
    t.same(
      lines.filter((line) => line.includes('FAILED')),
      [],
    );
    t.same(lineOf(lines, 'release'), [release], lines.slice(-20).join('\n'));
    const found = lineOf(lines, 'filesystems');
    for (const each of fileSystems) t.ok(found.includes(each), `${each} in ${found}`);
    const targets = lineOf(lines, 'targets');
    for (const each of ['flakey', 'log-writes', 'delay', 'error', 'linear', 'snapshot']) {
      t.ok(targets.includes(each), `${each} in ${targets}`);
    }
    t.match(lineOf(lines, 'python'), [/^3\.\d+/]);
    t.same(lineOf(lines, 'compiled'), ['1'], 'Python takes the compiled file');
  });
}

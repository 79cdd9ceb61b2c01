import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { withCacheLock } from '../../../vm/image/cache.js';
import { cacheContents } from '../../../vm/image/cached-images.js';
import { cleanCache } from '../../../vm/image/clean-cache.js';
import { guestImages } from '../../../vm/image/guest-images.js';
import { guestKernel } from '../../../vm/image/kernel.js';
import { requires } from '../../require.js';
import { readNewc } from './newc-entries.js';
import { testGuest } from './own-cache.js';

// The user's own cache: on a fresh machine the first test builds, with a network, for half a minute.
const need = { commands: ['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs', 'unsquashfs'] };
const images = () => guestImages({ kernel: 'cloud', guest: testGuest });

t.test('a cloud kernel, its modules, init, agent and root are there', async (t) => {
  if (!requires(t, need)) return;
  const { kernel, kernelRelease, initramfs, root, kernelName, container } = await images();
  t.equal(kernelName, 'cloud');
  t.equal(container, undefined);
  t.match(kernelRelease, /^6\.1\.\d+-\d+-cloud-amd64$/);
  t.ok(statSync(kernel).size > 2 ** 20);
  t.ok(statSync(root).size < 300 * 2 ** 20, `${statSync(root).size} bytes`);

  const entries = new Map(readNewc(readFileSync(initramfs)).map((entry) => [entry.path, entry]));
  const text = (path: string) => `${entries.get(path)?.content}`;
  t.equal(text('init'), readFileSync(join(testGuest, 'init'), 'utf8'));
  t.equal(entries.get('init')!.mode & 0o777, 0o755);
  t.equal(text('plugpull/agent/nested/file.txt'), 'nested\n');
  t.equal(text('bin/busybox').slice(1, 4), 'ELF');
  t.same(entries.get('dev/console')!.device, [5, 1]);

  const boot = text('plugpull/modules/boot').trim().split('\n');
  t.ok(boot.indexOf('virtio_ring.ko') < boot.indexOf('virtio_blk.ko'), `${boot}`);
  const index = new Map(
    text('plugpull/modules/index')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name, ...files]) => [name, files]),
  );
  t.same(index.get('ext4'), [], 'built in');
  t.same(index.get('ext3'), [], 'by its alias');
  t.same(index.get('dm-log-writes'), ['dm-mod.ko', 'dm-log-writes.ko']);
  t.equal(index.get('xfs')!.at(-1), 'xfs.ko');
  t.notOk(index.has('f2fs'), 'the cloud kernel has none');
  for (const file of [...boot, ...[...index.values()].flat()]) {
    t.equal(text(`plugpull/modules/${file}`).slice(1, 4), 'ELF', file);
  }
});

t.test('the second time takes no work, no network and no lock', async (t) => {
  if (!requires(t, need)) return;
  const first = await images();
  const steps: string[] = [];
  // Somebody builds meanwhile: whoever asks for the lock says so, and waits.
  const second = await withCacheLock({}, () =>
    guestImages({
      kernel: 'cloud',
      guest: testGuest,
      onStep: (step) => steps.push(step),
      signal: AbortSignal.timeout(500_000),
      mirror: { debian: 'http://127.0.0.1:9/', security: 'http://127.0.0.1:9/' },
    }),
  );
  t.same(second, first);
  t.same(steps, []);
});

t.test('a change of the agent makes another initramfs and nothing else', async (t) => {
  if (!requires(t, need)) return;
  const first = await images();
  const guest = t.testdir({});
  cpSync(testGuest, guest, { recursive: true });
  t.same(await guestImages({ kernel: 'cloud', guest }), first, 'the same files elsewhere are the same');
  writeFileSync(join(guest, 'agent/look.sh'), 'echo other\n');
  const { initramfs, ...rest } = await guestImages({ kernel: 'cloud', guest });
  const { initramfs: firstInitramfs, ...firstRest } = first;
  t.not(initramfs, firstInitramfs);
  t.same(rest, firstRest);
});

t.test('a kernel image of the user’s takes the modules beside it, or those that are named', async (t) => {
  if (!requires(t, { commands: [...need.commands, 'xz', 'zstd'] })) return;
  const cloud = await images();
  // As an unpacked package has them: boot/vmlinuz-R and lib/modules/R, which depmod has not seen.
  const folder = t.testdir({ boot: {} });
  const kernel = join(folder, 'boot', `vmlinuz-${cloud.kernelRelease}`);
  cpSync(cloud.kernel, kernel);
  const modules = join(folder, 'lib/modules', cloud.kernelRelease);
  mkdirSync(join(modules, 'kernel/fs'), { recursive: true });
  for (const [path, content] of contentsOf(cloud.initramfs)) {
    if (path.endsWith('.ko')) writeFileSync(join(modules, 'kernel/fs', basename(path)), content);
  }
  await execa('xz', [join(modules, 'kernel/fs/xfs.ko')]);
  await execa('zstd', ['--quiet', '--rm', join(modules, 'kernel/fs/btrfs.ko')]);

  // Every run of this test is another kernel to the cache.
  useCache(t, join(folder, 'cache'));
  const own = await guestKernel(kernel, undefined, {});
  t.equal(own.name, kernel);
  t.equal(own.release, cloud.kernelRelease);
  t.ok(readFileSync(own.image).equals(readFileSync(cloud.kernel)));
  const ownContents = contentsOf(own.modules);
  const cloudContents = contentsOf(cloud.initramfs);
  for (const name of ['boot', 'xfs.ko', 'btrfs.ko', 'dm-log-writes.ko']) {
    const path = `plugpull/modules/${name}`;
    t.ok(ownContents.get(path)!.equals(cloudContents.get(path)!), path);
  }

  t.same(await guestKernel(kernel, modules, {}), own);
  await t.rejects(guestKernel(kernel, join(folder, 'boot'), {}), {
    name: 'UsageError',
    message: /--modules .*boot: expected the modules of \S+-cloud-amd64, found none in .*--modules none/,
  });
  rmSync(join(modules, 'kernel/fs/squashfs.ko'));
  await t.rejects(guestKernel(kernel, modules, {}), {
    name: 'UnavailableError',
    message: /the kernel \S+-cloud-amd64 has no squashfs, neither built in nor as a module/,
  });
  const newest = await guestKernel(kernel, 'none', {});
  const contents = contentsOf(newest.modules);
  t.equal(`${contents.get('plugpull/modules/boot')}`, '');
  t.match(`${contents.get('plugpull/modules/index')}`, /^xfs$/m);

  const listed = cacheContents().images.map((image) => [image.name, image.path, image.current]);
  t.same(
    new Set(listed),
    new Set([
      [kernel, dirname(own.image), false],
      [kernel, dirname(newest.image), true],
    ]),
  );
  await cleanCache({ all: false });
  t.same(
    cacheContents().images.map(({ path }) => path),
    [dirname(newest.image)],
  );
});

t.test('names that mean nothing are refused before anything is built', async (t) => {
  await t.rejects(guestImages({ kernel: 'cluod' }), {
    name: 'UsageError',
    message: /--kernel cluod: expected uml, cloud, generic/,
  });
  await t.rejects(guestImages({ kernel: 'cloud@woody' }), {
    name: 'UsageError',
    message:
      /expected a release of Debian after the @, one of bullseye, bookworm, trixie, forky, sid; got woody/,
  });
  await t.rejects(guestImages({ kernel: 'cloud', modules: '/x' }), {
    name: 'UsageError',
    message: /--modules \/x: a kernel of Debian's \(--kernel cloud\) comes with its own/,
  });
});

t.test('every program and library in the root finds the libraries it needs there', async (t) => {
  if (!requires(t, need)) return;
  const { root } = await images();
  const folder = join(t.testdir({}), 'root');
  await execa('unsquashfs', ['-quiet', '-no-progress', '-no-xattrs', '-dest', folder, root]);
  const { stdout } = await execa('find', [folder, '-type', 'f', '-size', '+1k'], { maxBuffer: 2 ** 24 });
  const loader = join(folder, 'lib64/ld-linux-x86-64.so.2');
  const problems: string[] = [];
  for (const file of stdout.split('\n').filter(isElf)) {
    const listed = await execa(
      loader,
      ['--library-path', join(folder, 'usr/lib/x86_64-linux-gnu'), '--list', file],
      { reject: false, all: true },
    );
    for (const line of listed.all.split('\n')) {
      if (line.includes('not found') || line.includes('cannot open')) {
        problems.push(`${file.slice(folder.length)}: ${line.trim()}`);
      }
    }
  }
  t.same(problems, []);
});

function useCache(t: Test, folder: string): void {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  t.teardown(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
}

function contentsOf(initramfs: string): Map<string, Buffer> {
  return new Map(readNewc(readFileSync(initramfs)).map(({ path, content }) => [path, content]));
}

function isElf(path: string): boolean {
  return readFileSync(path).subarray(0, 4).equals(Buffer.from('\x7fELF'));
}

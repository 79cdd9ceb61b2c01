/** plugpull vm build, list and clean from the command line. */
import { cpSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { cacheFolder } from '../../vm/image/cache.js';
import type { CacheContents } from '../../vm/image/cached-images.js';
import { guestImages } from '../../vm/image/guest-images.js';
import { requires } from '../require.js';
import { ownCache } from '../vm/image/own-cache.js';

t.setTimeout(580_000);

const need = { commands: ['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs'] };
const plugpull = join(import.meta.dirname, '../../harness/cli/main.js');

function vm(cache: string, ...args: string[]) {
  return execa(process.execPath, [plugpull, 'vm', ...args], {
    env: { XDG_CACHE_HOME: cache },
    reject: false,
    stdin: 'ignore',
  });
}

async function listed(cache: string): Promise<CacheContents> {
  return JSON.parse((await vm(cache, 'list', '--json')).stdout) as CacheContents;
}

t.test('images are listed and removed', async (t) => {
  if (!requires(t, need)) return;
  // Building them is test/vm/image's.
  const { kernel, kernelRelease, root, initramfs } = await guestImages({ kernel: 'cloud' });
  const cache = ownCache(t.testdir({}));
  const empty = await vm(cache, 'list');
  t.match(empty.stdout, /needed by the next build|no images in .*; make them with: plugpull vm build/);

  for (const entry of [dirname(kernel), dirname(root), initramfs])
    cpSync(entry, join(cache, 'plugpull/vm', relative(cacheFolder(), entry)), { recursive: true });

  const contents = await listed(cache);
  t.match(
    contents.images.map(({ kind, name, version, current }) => [kind, name, version, current]),
    [
      ['kernel', 'cloud@bookworm', kernelRelease, true],
      ['root', 'debian', /^12\./, true],
    ],
  );
  const table = await vm(cache, 'list');
  t.match(table.stdout, /^kernel +\d+ MiB {2}\d{4}-\d\d-\d\d {2}6\.1\.\S+ +cloud@bookworm$/m);

  t.match((await vm(cache, 'clean')).stdout, /^\d+ MiB made free\n?$/);
  const cleaned = await listed(cache);
  t.equal(cleaned.downloadBytes, 0);
  t.equal(cleaned.images.length, 2, 'what the next run uses is kept');
  t.equal((await vm(cache, 'clean')).stdout, 'nothing to remove');
  await vm(cache, 'clean', '--all');
  t.match(await listed(cache), { images: [], initramfsBytes: 0 });
});

t.test('Ctrl-C ends a build, with nothing half left', async (t) => {
  if (!requires(t, need)) return;
  const cache = ownCache(t.testdir({}));
  const building = vm(cache, 'build');
  building.stderr.on('data', (text: Buffer) => {
    if (String(text).includes('unpacking packages')) building.kill('SIGINT');
  });
  const { exitCode, stderr } = await building;
  t.equal(exitCode, 130, stderr);
  t.match(stderr, /interrupted; what was finished is kept/);
  t.same((await listed(cache)).images, []);
});

t.test('what cannot be built is said with its exit code', async (t) => {
  const cache = t.testdir({});
  t.match(await vm(cache, 'build', '--kernel', 'cluod'), {
    exitCode: 64,
    stderr: /^plugpull: --kernel cluod: expected uml, cloud, generic or the path of a kernel image/,
  });
  t.match(await vm(cache, 'biuld'), { exitCode: 64, stderr: /see plugpull vm --help/ });
  t.match(await vm(cache), { exitCode: 64, stderr: /expected build, list or clean after vm, got none/ });
  if (!requires(t, need)) return;
  t.match(await vm(cache, 'build', '--mirror', 'http://127.0.0.1:9/debian'), {
    exitCode: 69,
    stderr: /packages of Debian bookworm cannot be had from http:\/\/127\.0\.0\.1:9\/debian/,
  });
});

/** plugpull vm build, list and clean from the command line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { CacheContents } from '../../vm/image/cached-images.js';
import type { GuestImages } from '../../vm/image/guest-images.js';
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

t.test('images are built with steps on standard error, listed, and removed', async (t) => {
  if (!requires(t, need)) return;
  const cache = ownCache(t.testdir({}));
  const empty = await vm(cache, 'list');
  t.match(empty.stdout, /needed by the next build|no images in .*; make them with: plugpull vm build/);

  const built = await vm(cache, 'build', '--json');
  t.equal(built.exitCode, 0, built.stderr);
  t.match(built.stderr, /^unpacking packages$/m);
  t.equal(built.stderr.match(/writing the root image/g)?.length, 1, 'a step is said once');
  const [images] = (JSON.parse(built.stdout) as { images: GuestImages[] }).images;
  t.ok(existsSync(images!.initramfs));

  const again = await vm(cache, 'build');
  t.equal(again.stderr, '', 'nothing to do');
  t.match(again.stdout, new RegExp(`^cloud: Linux ${images!.kernelRelease}\n  kernel     /`));

  const contents = await listed(cache);
  t.match(
    contents.images.map(({ kind, name, version, current }) => [kind, name, version, current]),
    [
      ['kernel', 'cloud@bookworm', images!.kernelRelease, true],
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
  t.match(await vm(cache, 'biuld'), { exitCode: 64, stderr: /see plugpull --help/ });
  t.match(await vm(cache), { exitCode: 64, stderr: /expected build, list or clean after vm, got none/ });
  if (!requires(t, need)) return;
  t.match(await vm(cache, 'build', '--mirror', 'http://127.0.0.1:9/debian'), {
    exitCode: 69,
    stderr: /packages of Debian bookworm cannot be had from http:\/\/127\.0\.0\.1:9\/debian/,
  });
});

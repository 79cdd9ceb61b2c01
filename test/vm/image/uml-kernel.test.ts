import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { umlKernel, umlKernelLabel } from '../../../vm/image/uml-kernel.js';
import { requires } from '../../require.js';

// The user's own cache, as in guest-images.test.ts.
const need = { commands: ['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs'] };
const sse42 = /^flags\s.*\bsse4_2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));

t.test('User-mode Linux starts beside the libraries that it was built for', async (t) => {
  if (!requires(t, need)) return;
  const kernel = await umlKernel('uml', {});
  t.match(kernel.release, /^7\.\d+\.\d+$/);
  const { stdout } = await execa(kernel.program, ['--version'], { cwd: kernel.folder });
  t.equal(stdout.trim(), kernel.release);
  t.equal(kernel.fastCrc32c, sse42);
  t.equal(umlKernelLabel(kernel), `${kernel.release} uml${sse42 ? ', crc32c replaced' : ''}`);
});

t.test('its modules are beside it, and what it has built in is known', async (t) => {
  if (!requires(t, need)) return;
  const { modules } = await umlKernel('uml', {});
  const lines = readFileSync(join(modules, 'index'), 'utf8').trim().split('\n');
  const index = new Map(lines.map((line) => line.split(' ')).map(([name, ...files]) => [name, files]));
  for (const fs of ['ext2', 'ext4', 'xfs', 'btrfs']) t.same(index.get(fs), [], fs);
  t.same(index.get('dm-flakey'), ['dm-mod.ko', 'dm-flakey.ko']);
  for (const file of [...index.values()].flat()) t.ok(statSync(join(modules, file)).isFile(), file);
});

t.test("Debian's own program is to be had, too", async (t) => {
  if (!requires(t, need)) return;
  const kernel = await umlKernel('uml', { keepCrc32c: true });
  t.equal(kernel.fastCrc32c, false);
  t.match(umlKernelLabel(kernel), / uml$/);
});

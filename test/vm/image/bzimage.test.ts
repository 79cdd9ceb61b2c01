import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UsageError } from '../../../harness/verdict/errors.js';
import { kernelReleaseOf } from '../../../vm/image/bzimage.js';

/** The first sectors of a bzImage, with the version's text at `offset`. */
function header(version: string, { offset = 0x3000 } = {}): Buffer {
  const image = Buffer.alloc(0x4000);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(offset, 0x20e);
  image.write(`${version}\0`, offset + 0x200, 'latin1');
  return image;
}

t.test('the release is the version text up to its first space', async (t) => {
  const path = join(t.testdir(), 'bzImage');
  writeFileSync(path, header('6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) #1 SMP'));
  t.equal(kernelReleaseOf(path), '6.1.0-56-cloud-amd64');
  writeFileSync(path, header('7.0.0-rc1'));
  t.equal(kernelReleaseOf(path), '7.0.0-rc1');
});

t.test('what is no kernel is refused with what was expected', async (t) => {
  const folder = t.testdir({ short: 'x', text: 'x'.repeat(2000) });
  t.throws(() => kernelReleaseOf(join(folder, 'short')), {
    name: 'UsageError',
    message: /--kernel .*short: expected an x86 kernel image/,
  });
  t.throws(() => kernelReleaseOf(join(folder, 'text')), UsageError);
  t.throws(() => kernelReleaseOf(join(folder, 'cluod')), {
    name: 'UsageError',
    message: /expected uml, cloud, generic or the path of a kernel image; there is no such file/,
  });
  t.throws(() => kernelReleaseOf(folder), { name: 'UsageError', message: /EISDIR/ });
  const nameless = header('');
  nameless.writeUInt16LE(0, 0x20e);
  writeFileSync(join(folder, 'nameless'), nameless);
  t.throws(() => kernelReleaseOf(join(folder, 'nameless')), { message: /release in its header, found none/ });
});

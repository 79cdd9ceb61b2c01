import t from 'tap';
import { parsePrintedUris, totalBytes } from '../../../vm/image/package.js';

const printed = `Reading package lists...
The following NEW packages will be installed:
  attr libattr1
'http://deb.debian.org/debian/pool/main/a/attr/libattr1_2.5.1-4_amd64.deb' libattr1_1%3a2.5.1-4_amd64.deb 22164 SHA256:${'0a'.repeat(32)}
'http://deb.debian.org/debian/pool/main/l/linux-signed-amd64/linux-image-6.1.0-56-amd64_6.1.192-2_amd64.deb' linux-image-6.1.0-56-amd64_6.1.192-2_amd64.deb 70000000 SHA256:${'b1'.repeat(32)}
`;

t.test('what apt-get prints becomes packages; epochs are decoded, file names kept', async (t) => {
  const packages = parsePrintedUris(printed);
  t.same(packages, [
    {
      name: 'libattr1',
      version: '1:2.5.1-4',
      file: 'libattr1_1%3a2.5.1-4_amd64.deb',
      sizeBytes: 22164,
      sha256: '0a'.repeat(32),
    },
    {
      name: 'linux-image-6.1.0-56-amd64',
      version: '6.1.192-2',
      file: 'linux-image-6.1.0-56-amd64_6.1.192-2_amd64.deb',
      sizeBytes: 70000000,
      sha256: 'b1'.repeat(32),
    },
  ]);
  t.equal(totalBytes(packages), 70022164);
});

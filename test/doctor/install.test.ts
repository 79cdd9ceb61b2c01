import t from 'tap';
import { installPackages, makeNodes, missingNodes, missingPackages } from '../../harness/doctor/install.js';
import { tools } from '../../harness/doctor/tools.js';

t.test('packages are those of programs that are missing', async (t) => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  t.teardown(() => {
    process.env.PATH = path;
  });
  const onHost = missingPackages(false);
  for (const name of onHost) t.ok(Object.values(tools).some((tool) => tool.package === name));
  t.ok(missingPackages(true).length >= onHost.length);
  t.notOk(onHost.includes('g++'), 'what the tests alone need is not asked of a user');
  if (onHost.length > 0) t.throws(() => installPackages(onHost), /no apt-get here|not root/);
  t.doesNotThrow(() => installPackages([]));
});

t.test('nodes are those that are not there', async (t) => {
  t.strictSame(
    missingNodes((path) => path !== '/dev/fuse').map(({ path }) => path),
    ['/dev/fuse'],
  );
  t.strictSame(
    missingNodes(() => true),
    [],
  );
  const node = { path: '/nonexistent/fuse', kind: 'c' as const, major: 10, minor: 229 };
  t.throws(() => makeNodes([node]), /cannot make \/nonexistent\/fuse .*--cap-add MKNOD/);
});

import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { probeDockerDaemon } from '../../harness/doctor/docker-daemon.js';
import { probeFileSystem } from '../../harness/doctor/file-systems.js';
import { findCommand } from '../../harness/doctor/find-command.js';
import { probeFreeSpace } from '../../harness/doctor/free-space.js';
import { missingFor } from '../../harness/doctor/need.js';
import { probeNode } from '../../harness/doctor/node-version.js';
import { probeRoot } from '../../harness/doctor/process-rights.js';
import { probeTool } from '../../harness/doctor/tools.js';

t.test('node: the oldest version that will do is 20.19', async (t) => {
  for (const version of ['20.19.0', '20.20.2', '22.1.0', '100.0.0']) t.ok(probeNode(version).ok, version);
  for (const version of ['20.18.9', '18.20.0', '8.0.0']) t.notOk(probeNode(version).ok, version);
});

t.test('a command is an executable file, not a folder nor a text', async (t) => {
  const folder = t.testdir({ prog: '', text: '', folder: {} });
  chmodSync(join(folder, 'prog'), 0o755);
  t.equal(findCommand('prog', folder), join(folder, 'prog'));
  t.equal(findCommand('text', folder), undefined);
  t.equal(findCommand('folder', folder), undefined);
});

t.test('a tool nobody has is missing, without an exception', async (t) => {
  t.match(probeTool('no-such-tool'), { ok: false, detail: 'not installed' });
});

t.test('what is to be typed is there for who installed the package, too', async (t) => {
  t.match(probeRoot().fix, /sudo .* plugpull run/);
  t.notMatch(probeRoot().fix, 'bin/plugpull');
});

t.test('a file system nobody has is missing', async (t) => {
  t.match(probeFileSystem('nosuchfs'), { ok: false, fix: /modprobe nosuchfs/ });
});

t.test('free space of a folder that is not there', async (t) => {
  t.match(probeFreeSpace('/nonexistent'), { ok: false, detail: /ENOENT/ });
});

t.test('docker daemon: listening, absent, and remote', async (t) => {
  const path = join(t.testdir(), 's');
  t.match(await probeDockerDaemon(`unix://${path}`), { ok: false, detail: /no such socket/ });
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  t.match(await probeDockerDaemon(`unix://${path}`), { ok: true });
  server.close();
  t.match(await probeDockerDaemon('tcp://example.invalid:2375'), { ok: true, detail: /not tried/ });
});

t.test('missingFor names exactly what is not there', async (t) => {
  t.same(missingFor({}), []);
  t.same(missingFor({ commands: ['node'] }), []);
  t.same(
    missingFor({ fs: ['nosuchfs'], commands: ['node', 'no-such-tool'] }).map((each) => each.name),
    ['file system nosuchfs', 'no-such-tool'],
  );
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { NbdConnection } from '../../../harness/disk/nbd/connection.js';
import { startNbdServer } from '../../../harness/disk/nbd/server.js';
import { UsageError } from '../../../harness/verdict/errors.js';
import { MemoryDisk } from './memory-disk.js';
import { cmd, RawClient } from './raw-client.js';
import { everyFeature, serveMemoryDisk } from './served-disk.js';

t.test('connections share the disk and are known while open', async (t) => {
  const seen: NbdConnection[] = [];
  const served = await serveMemoryDisk({ onConnection: (connection) => seen.push(connection) });
  const writer = await RawClient.go(served.socketPath);
  const reader = await RawClient.go(served.socketPath);
  t.same(
    seen.map(({ id, transmitting }) => ({ id, transmitting })),
    [
      { id: 1, transmitting: true },
      { id: 2, transmitting: true },
    ],
  );
  t.same([...served.server.connections], seen);
  await writer.ask({ command: cmd.write, data: Buffer.alloc(512, 'w') });
  t.equal((await reader.ask({ command: cmd.read, length: 512 })).data.toString(), 'w'.repeat(512));

  writer.close();
  await seen[0]!.closed;
  t.equal(served.server.connections.size, 1);
  t.match(await reader.ask({ command: cmd.flush }), { error: 0 });

  seen[1]!.destroy();
  t.equal((await reader.receiveAll()).length, 0);
  await served.stop();
});

t.test('close cuts connections and removes the socket', async (t) => {
  const served = await serveMemoryDisk();
  const client = await RawClient.go(served.socketPath);
  const stranger = await RawClient.connect(served.socketPath);
  await served.server.close();
  await client.receiveAll();
  await stranger.receiveAll();
  t.equal(served.server.connections.size, 0);
  t.notOk(existsSync(served.socketPath));
  rmSync(join(served.socketPath, '..'), { recursive: true });
});

t.test('two servers in one process know nothing of each other', async (t) => {
  const [one, other] = [await serveMemoryDisk(), await serveMemoryDisk()];
  const client = await RawClient.go(one.socketPath);
  await client.ask({ command: cmd.write, data: Buffer.alloc(512, '1') });
  t.same(other.disk.calls, []);
  await other.stop();
  t.match(await client.ask({ command: cmd.flush }), { error: 0 });
  client.close();
  await one.stop();
});

t.test('what a server cannot start with', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-nbd-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const start = (socketPath: string, sizeBytes = 512, maxRequestBytes = 512) =>
    startNbdServer({
      socketPath,
      device: new MemoryDisk(sizeBytes),
      maxRequestBytes,
      features: everyFeature,
      onFault: () => {},
    });
  // A path one byte too long would be cut, and the socket made under another name.
  await t.rejects(start(join(folder, 'x'.repeat(107 - folder.length))), UsageError);
  await t.rejects(start(join(folder, 's'), 1000), /device size .* whole sectors/);
  await t.rejects(start(join(folder, 's'), 0), /device size/);
  await t.rejects(start(join(folder, 's'), 512, 100), /maxRequestBytes .* whole sectors/);
  const server = await start(join(folder, 'x'.repeat(106 - folder.length)));
  await t.rejects(start(server.socketPath), { code: 'EADDRINUSE' });
  await server.close();
});

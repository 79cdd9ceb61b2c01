import fc from 'fast-check';
import t from 'tap';
import { FuzzedServer } from '../../../bench/fuzz/fuzzed-server.js';
import { hostileSession } from '../../../bench/fuzz/hostile-session.js';
import { cmd, RawClient, requestMessage } from './raw-client.js';
import { serveMemoryDisk } from './served-disk.js';

t.test('two thousand hostile sessions', { timeout: 120_000 }, async (t) => {
  const server = await FuzzedServer.start();
  let deviceCalls = 0;
  await fc.assert(
    fc.asyncProperty(hostileSession, async (session) => {
      await server.endure(session);
      deviceCalls += server.served.disk.calls.length;
    }),
    { numRuns: 2000 },
  );
  await server.checkUp();
  await server.stop();
  // A generator of which nothing reaches the device would test nothing.
  t.ok(deviceCalls > 1000, `${deviceCalls} calls reached the device`);
});

t.test('a client that reads no replies is not read from, and the others are served', async (t) => {
  const served = await serveMemoryDisk({ sizeBytes: 4 * 1024 * 1024 });
  const deaf = await RawClient.go(served.socketPath);
  deaf.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const read = requestMessage({ command: cmd.read, length: 4 * 1024 * 1024 });
  // 8 GB of replies, asked for in one chunk.
  deaf.send(...Array.from({ length: 2000 }, () => read));

  const other = await RawClient.go(served.socketPath);
  for (let nth = 0; nth < 20; nth++) t.match(await other.ask({ command: cmd.flush }), { error: 0 });
  const held = process.memoryUsage().arrayBuffers - before;
  t.ok(held < 32 * 1024 * 1024, `${held} bytes held`);
  const reads = served.disk.calls.filter((call) => call.startsWith('read'));
  t.ok(reads.length < 10, `${reads.length} reads were run ahead of the client`);

  // Once it listens it gets all that it asked for.
  deaf.socket.resume();
  for (let nth = 0; nth < 50; nth++) t.equal((await deaf.reply(4 * 1024 * 1024)).error, 0);
  deaf.close();
  other.close();
  await served.stop();
});

t.test('claims of large writes cost no memory', async (t) => {
  const served = await serveMemoryDisk({ sizeBytes: 32 * 1024 * 1024 });
  const before = process.memoryUsage().rss;
  const clients = await Promise.all(Array.from({ length: 30 }, () => RawClient.go(served.socketPath)));
  for (const client of clients) {
    client.send(requestMessage({ command: cmd.write, length: 32 * 1024 * 1024 }), Buffer.alloc(1000));
  }
  const other = await RawClient.go(served.socketPath);
  t.match(await other.ask({ command: cmd.flush }), { error: 0 });
  const grownBytes = process.memoryUsage().rss - before;
  t.ok(grownBytes < 256 * 1024 * 1024, `${grownBytes} bytes more`);
  for (const client of [...clients, other]) client.close();
  await served.stop();
});

t.test('more connections than the limit are turned away; those within it stay', async (t) => {
  const served = await serveMemoryDisk();
  const clients = await Promise.all(Array.from({ length: 64 }, () => RawClient.go(served.socketPath)));
  const tooMany = await RawClient.connect(served.socketPath);
  t.equal((await tooMany.receiveAll()).length, 0);
  clients[0]!.close();
  await [...served.server.connections][0]!.closed;
  const another = await RawClient.go(served.socketPath);
  t.match(await another.ask({ command: cmd.flush }), { error: 0 });
  t.match(await clients[63]!.ask({ command: cmd.flush }), { error: 0 });
  await served.stop();
});

/** Writes that take their time: what may overtake them, and that none is lost or held for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { cmd, RawClient, requestMessage } from './raw-client.js';
import { serveMemoryDisk } from './served-disk.js';

const write = (sector: number, cookie = 0n, bytes = 512): Buffer =>
  requestMessage({ command: cmd.write, offset: sector * 512, data: Buffer.alloc(bytes, 'w'), cookie });

t.test('a flush overtakes a write that was not answered yet, and promises nothing for it', async (t) => {
  // Longer than any machine pauses.
  const served = await serveMemoryDisk({ writeDelayMs: () => 600_000 });
  const client = await RawClient.go(served.socketPath);
  client.send(write(0, 1n));
  // In a chunk of its own.
  await sleep(5);
  client.send(requestMessage({ command: cmd.flush, cookie: 2n }));
  t.equal((await client.reply()).cookie, 2n);
  t.same(served.disk.calls, ['flush']);
  client.send(requestMessage({ command: cmd.disc }));
  t.match(await client.reply(), { error: 0, cookie: 1n });
  t.same(served.disk.calls, ['flush', 'write 0+512']);
  client.close();
  await served.stop();
});

t.test('writes keep their order, also when the disk becomes fast', async (t) => {
  let delay = 40;
  const served = await serveMemoryDisk({ writeDelayMs: () => delay });
  const client = await RawClient.go(served.socketPath);
  client.send(write(0), write(1), write(0));
  await sleep(5);
  delay = 0;
  client.send(write(2), requestMessage({ command: cmd.writeZeroes, offset: 512, length: 512 }));
  for (let i = 0; i < 5; i++) t.match(await client.reply(), { error: 0 });
  t.same(served.disk.calls, [
    'write 0+512',
    'write 512+512',
    'write 0+512',
    'write 1024+512',
    'zero 512+512',
  ]);
  t.match(await client.ask({ command: cmd.write, data: Buffer.alloc(512) }), { error: 0 });
  client.close();
  await served.stop();
});

t.test('what is refused is refused at once', async (t) => {
  const served = await serveMemoryDisk({ writeDelayMs: () => 60_000 });
  const client = await RawClient.go(served.socketPath);
  client.send(write(served.disk.sizeBytes / 512, 1n));
  t.match(await client.reply(), { error: 22, cookie: 1n });
  t.same(served.disk.calls, []);
  client.close();
  await served.stop();
});

t.test('a client that disconnects in order has its writes made', async (t) => {
  const served = await serveMemoryDisk({ writeDelayMs: () => 60_000 });
  const client = await RawClient.go(served.socketPath);
  client.send(write(0), write(1));
  await sleep(5);
  client.send(requestMessage({ command: cmd.disc }));
  t.match(await client.reply(), { error: 0 });
  t.match(await client.reply(), { error: 0 });
  t.equal((await client.receiveAll()).length, 0);
  t.same(served.disk.calls, ['write 0+512', 'write 512+512']);
  await served.stop();
});

t.test('a client that is gone is not waited for', async (t) => {
  const delayMs = 1000;
  for (let isGoneBefore = false; !isGoneBefore; ) {
    const served = await serveMemoryDisk({ writeDelayMs: () => delayMs });
    const client = await RawClient.go(served.socketPath);
    const begun = performance.now();
    client.send(write(0));
    await sleep(5);
    const [connection] = served.server.connections;
    client.close();
    await connection!.closed;
    // Else it was made in time: the machine paused for so long.
    isGoneBefore = performance.now() - begun < delayMs;
    await sleep(delayMs + 100);
    if (isGoneBefore) t.same(served.disk.calls, []);
    await served.stop();
  }
});

t.test('more than is held waits with the client, and comes through whole', async (t) => {
  const bytes = 1024 * 1024;
  const count = 20;
  const served = await serveMemoryDisk({ writeDelayMs: () => 30, sizeBytes: count * bytes });
  const client = await RawClient.go(served.socketPath);
  for (let i = 0; i < count; i++) {
    const data = Buffer.alloc(bytes, i + 1);
    client.send(requestMessage({ command: cmd.write, offset: i * bytes, data, cookie: BigInt(i) }));
  }
  for (let i = 0; i < count; i++) t.match(await client.reply(), { error: 0, cookie: BigInt(i) });
  for (let i = 0; i < count; i++) {
    t.ok(served.disk.content.subarray(i * bytes, (i + 1) * bytes).equals(Buffer.alloc(bytes, i + 1)));
  }
  t.same(served.faults, []);
  client.close();
  await served.stop();
});

import t from 'tap';
import { BlockIoError } from '../../../harness/disk/block-device.js';
import { cmd, errno, fua, RawClient, requestMessage } from './raw-client.js';
import { serveMemoryDisk } from './served-disk.js';

const served = await serveMemoryDisk({ maxRequestBytes: 256 * 1024 });
const { disk, faults, socketPath } = served;
t.teardown(() => served.stop());
t.beforeEach(() => {
  disk.calls.length = 0;
  disk.failure = undefined;
  faults.length = 0;
});

t.test('each command reaches the device once, and its reply bears its cookie', async (t) => {
  const client = await RawClient.go(socketPath);
  const data = Buffer.alloc(1024, 'a');
  const cookie = 0xfedcba9876543210n;
  t.match(await client.ask({ command: cmd.write, offset: 512, data, cookie }), { error: 0, cookie });
  t.match(await client.ask({ command: cmd.write, offset: 2048, data, flags: fua }), { error: 0 });
  t.match(await client.ask({ command: cmd.flush }), { error: 0 });
  const read = await client.ask({ command: cmd.read, offset: 0, length: 2048, cookie: 1n });
  t.match(read, { error: 0, cookie: 1n });
  t.same(read.data, Buffer.concat([Buffer.alloc(512), data, Buffer.alloc(512)]));
  t.match(await client.ask({ command: cmd.trim, offset: 512, length: 512 }), { error: 0 });
  t.match(await client.ask({ command: cmd.trim, offset: 512, length: 512, flags: fua }), { error: 0 });
  t.match(await client.ask({ command: cmd.writeZeroes, offset: 1024, length: 512 }), { error: 0 });
  t.match(await client.ask({ command: cmd.writeZeroes, offset: 1024, length: 512, flags: fua | 2 }), {
    error: 0,
  });
  t.same(disk.calls, [
    'write 512+1024',
    'write fua 2048+1024',
    'flush',
    'read 0+2048',
    'discard 512+512',
    'discard 512+512',
    'flush',
    'zero 1024+512',
    'zero fua 1024+512',
  ]);
  client.close();
});

t.test('a write that spans many chunks reaches the device whole', async (t) => {
  const client = await RawClient.go(socketPath);
  const data = Buffer.from(Array.from({ length: 256 * 1024 }, (_, at) => (at * 7) >> 3));
  const message = requestMessage({ command: cmd.write, offset: 4096, data });
  for (const [start, end] of [
    [0, 13],
    [13, 28],
    [28, 29],
    [29, 100_000],
    [100_000, message.length],
  ]) {
    client.send(message.subarray(start, end));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  t.match(await client.reply(), { error: 0 });
  t.same(disk.calls, [`write 4096+${data.length}`]);
  t.ok(disk.content.subarray(4096, 4096 + data.length).equals(data));
  client.close();
});

t.test('the device is asked nothing that is refused, and the client goes on', async (t) => {
  const client = await RawClient.go(socketPath);
  for (const request of [
    { command: cmd.read, offset: disk.sizeBytes, length: 512 },
    { command: cmd.read, offset: 100, length: 512 },
    { command: cmd.write, offset: disk.sizeBytes - 512, data: Buffer.alloc(1024) },
    { command: cmd.write, offset: 1, data: Buffer.alloc(512) },
    { command: cmd.trim, offset: 0, length: 100 },
    { command: cmd.cache, length: 512 },
    { command: 4711 },
  ]) {
    t.match(await client.ask(request), { error: errno.EINVAL }, JSON.stringify(request).slice(0, 60));
  }
  t.same(disk.calls, []);
  t.match(await client.ask({ command: cmd.flush }), { error: 0 });
  client.close();
});

t.test('an oversized write is read away and refused; an absurd one ends the connection', async (t) => {
  const client = await RawClient.go(socketPath);
  t.match(await client.ask({ command: cmd.write, data: Buffer.alloc(1024 * 1024) }), { error: errno.EINVAL });
  t.match(await client.ask({ command: cmd.write, data: Buffer.alloc(512, 'x') }), { error: 0 });
  t.same(disk.calls, ['write 0+512']);
  client.send(requestMessage({ command: cmd.write, length: 0xfffffe00, cookie: 99n }));
  t.match(await client.reply(), { error: errno.EINVAL, cookie: 99n });
  t.equal((await client.receiveAll()).length, 0);
});

t.test('a wrong magic ends this connection, after the replies that are due, and no other', async (t) => {
  const bystander = await RawClient.go(socketPath);
  const client = await RawClient.go(socketPath);
  client.send(
    requestMessage({ command: cmd.read, length: 512, cookie: 5n }),
    requestMessage({ command: cmd.read, length: 512, magic: 0x12345678 }),
  );
  t.match(await client.reply(512), { cookie: 5n });
  t.equal((await client.receiveAll()).length, 0);
  t.match(await bystander.ask({ command: cmd.flush }), { error: 0 });
  bystander.close();
});

t.test('DISC answers what came before it and nothing after it', async (t) => {
  const client = await RawClient.go(socketPath);
  client.send(
    requestMessage({ command: cmd.write, data: Buffer.alloc(512) }),
    requestMessage({ command: cmd.disc }),
    requestMessage({ command: cmd.trim, length: 512 }),
  );
  t.match(await client.reply(), { error: 0 });
  t.equal((await client.receiveAll()).length, 0);
  t.same(disk.calls, ['write 0+512']);
});

t.test('an error of the device is the client’s error', async (t) => {
  const client = await RawClient.go(socketPath);
  for (const code of ['EIO', 'ENOSPC'] as const) {
    disk.failure = new BlockIoError(code);
    for (const request of [
      { command: cmd.read, length: 512 },
      { command: cmd.write, data: Buffer.alloc(512) },
      { command: cmd.flush },
      { command: cmd.trim, length: 512 },
      { command: cmd.writeZeroes, length: 512 },
    ]) {
      t.match(await client.ask(request), { error: errno[code] }, `command ${request.command}`);
    }
  }
  t.same(faults, []);
  client.close();
});

t.test('any other exception is EIO to the client and a fault to the owner', async (t) => {
  const client = await RawClient.go(socketPath);
  disk.failure = new TypeError('undefined is not a disk');
  t.match(await client.ask({ command: cmd.read, length: 512 }), { error: errno.EIO });
  t.same(faults, [disk.failure]);
  disk.failure = undefined;
  t.match(await client.ask({ command: cmd.read, length: 512 }), { error: 0 });
  client.close();
});

t.test('a flush sent together with writes does not cover them', async (t) => {
  const client = await RawClient.go(socketPath);
  const write = (cookie: bigint, offset: number): Buffer =>
    requestMessage({ command: cmd.write, offset, data: Buffer.alloc(512), cookie });
  client.send(
    write(1n, 0),
    requestMessage({ command: cmd.trim, offset: 512, length: 512, cookie: 2n }),
    requestMessage({ command: cmd.flush, cookie: 3n }),
    write(4n, 1024),
  );
  const cookies = [];
  for (let nth = 0; nth < 4; nth++) cookies.push((await client.reply()).cookie);
  t.same(cookies, [3n, 1n, 2n, 4n]);
  t.same(disk.calls, ['flush', 'write 0+512', 'discard 512+512', 'write 1024+512']);
  client.close();
});

t.test('a flush sent after a write’s reply covers it', async (t) => {
  const client = await RawClient.go(socketPath);
  await client.ask({ command: cmd.write, data: Buffer.alloc(512) });
  await client.ask({ command: cmd.flush });
  t.same(disk.calls, ['write 0+512', 'flush']);
  client.close();
});

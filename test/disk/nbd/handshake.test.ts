import t from 'tap';
import { cmd, infoRequest, optionMessage, RawClient, requestMessage, u16, u32 } from './raw-client.js';
import { everyFeature, serveMemoryDisk } from './served-disk.js';

const opt = { exportName: 1, abort: 2, list: 3, startTls: 5, info: 6, go: 7, structuredReply: 8 };
const rep = { ack: 1, server: 2, info: 3, unsupported: 0x80000001, invalid: 0x80000003, unknown: 0x80000006 };
// HAS_FLAGS, FLUSH, FUA, TRIM, WRITE_ZEROES, MULTI_CONN.
const everyFlag = 0x001 | 0x004 | 0x008 | 0x020 | 0x040 | 0x100;

const served = await serveMemoryDisk({
  exportName: 'crash disk',
  sizeBytes: 2 * 1024 * 1024,
  maxRequestBytes: 65536,
});
t.teardown(() => served.stop());

async function greeted(clientFlags = 3): Promise<RawClient> {
  const client = await RawClient.connect(served.socketPath);
  await client.receive(18);
  client.send(u32(clientFlags));
  return client;
}

async function works(client: RawClient): Promise<boolean> {
  return (await client.ask({ command: cmd.read, length: 512 })).error === 0;
}

t.test('the greeting', async (t) => {
  const client = await RawClient.connect(served.socketPath);
  t.equal((await client.receive(18)).toString('latin1'), 'NBDMAGICIHAVEOPT\0\x03');
  client.close();
});

t.test('EXPORT_NAME, with the 124 zeros and without', async (t) => {
  for (const [clientFlags, zeros] of [
    [3, 0],
    [1, 124],
    [0, 124],
  ] as const) {
    const client = await greeted(clientFlags);
    client.send(optionMessage(opt.exportName, Buffer.from('crash disk')));
    const answer = await client.receive(10 + zeros);
    t.equal(answer.readBigUInt64BE(0), 2n * 1024n * 1024n);
    t.equal(answer.readUInt16BE(8), everyFlag);
    t.ok(answer.subarray(10).every((byte) => byte === 0));
    t.ok(await works(client), `client flags ${clientFlags}`);
    client.close();
  }
});

t.test('EXPORT_NAME of no export closes the connection, for it has no error reply', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.exportName, Buffer.from('other')));
  t.equal((await client.receiveAll()).length, 0);
});

t.test('GO gives size, flags and block sizes, then the disk', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.go, infoRequest('crash disk', [1, 3])));
  const about = await client.optionReply();
  t.match(about, { option: opt.go, type: rep.info });
  t.same(about.data, Buffer.concat([u16(0), u32(0), u32(2 * 1024 * 1024), u16(everyFlag)]));
  t.same((await client.optionReply()).data, Buffer.concat([u16(3), u32(512), u32(4096), u32(65536)]));
  t.same((await client.optionReply()).data, Buffer.concat([u16(1), Buffer.from('crash disk')]));
  t.match(await client.optionReply(), { option: opt.go, type: rep.ack });
  t.ok(await works(client));
  client.close();
});

t.test('INFO tells the same and goes on negotiating; the empty name is the default export', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.info, infoRequest('')));
  t.match(await client.optionReply(), { option: opt.info, type: rep.info });
  t.match(await client.optionReply(), { type: rep.info });
  t.match(await client.optionReply(), { type: rep.ack });
  client.send(optionMessage(opt.exportName));
  await client.receive(10);
  t.ok(await works(client));
  client.close();
});

t.test('a request sent together with GO is answered after it', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.go, infoRequest('')), requestMessage({ command: cmd.read, length: 512 }));
  for (let nth = 0; nth < 3; nth++) await client.optionReply();
  t.match(await client.reply(512), { error: 0, cookie: 7n });
  client.close();
});

t.test('LIST names the one export', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.list));
  t.same(await client.optionReply(), {
    option: opt.list,
    type: rep.server,
    data: Buffer.concat([u32(10), Buffer.from('crash disk')]),
  });
  t.match(await client.optionReply(), { type: rep.ack });
  client.close();
});

t.test('ABORT is acknowledged, then the connection closed', async (t) => {
  const client = await greeted();
  client.send(optionMessage(opt.abort));
  t.match(await client.optionReply(), { option: opt.abort, type: rep.ack });
  t.equal((await client.receiveAll()).length, 0);
});

t.test('what cannot be had gets an error reply, and negotiation goes on', async (t) => {
  const client = await greeted();
  for (const [what, message, type] of [
    ['TLS', optionMessage(opt.startTls), rep.unsupported],
    ['structured replies', optionMessage(opt.structuredReply), rep.unsupported],
    ['an option of no standard', optionMessage(0xdeadbeef, Buffer.alloc(1000)), rep.unsupported],
    ['LIST with data', optionMessage(opt.list, Buffer.from('x')), rep.invalid],
    ['GO for another export', optionMessage(opt.go, infoRequest('other')), rep.unknown],
    ['INFO for another export', optionMessage(opt.info, infoRequest('other')), rep.unknown],
    ['GO without data', optionMessage(opt.go), rep.invalid],
    [
      'GO with a name longer than its data',
      optionMessage(opt.go, Buffer.concat([u32(9), u16(0)])),
      rep.invalid,
    ],
    ['GO with a name of 4 GiB', optionMessage(opt.go, Buffer.concat([u32(0xffffffff), u16(0)])), rep.invalid],
    ['GO with more kinds than data', optionMessage(opt.go, Buffer.concat([u32(0), u16(9)])), rep.invalid],
    ['GO with data left over', optionMessage(opt.go, Buffer.concat([u32(0), u16(0), u16(0)])), rep.invalid],
  ] as const) {
    client.send(message);
    t.equal((await client.optionReply()).type, type, what);
  }
  client.send(optionMessage(opt.exportName));
  await client.receive(10);
  t.ok(await works(client));
  client.close();
});

t.test('what breaks the framing closes the connection', async (t) => {
  for (const [what, clientFlags, message] of [
    ['unknown client flags', 4, Buffer.alloc(0)],
    ['a wrong option magic', 3, Buffer.from('IHAVEOPS\0\0\0\x07\0\0\0\0')],
    ['an option of 4 GiB', 3, optionMessage(opt.go, Buffer.alloc(0), 0xffffffff)],
    ['an option beyond 64 KiB', 3, optionMessage(opt.go, Buffer.alloc(0), 65537)],
  ] as const) {
    const client = await greeted(clientFlags);
    client.send(message);
    t.equal((await client.receiveAll()).length, 0, what);
  }
});

t.test('a client that negotiates without end is sent away', async (t) => {
  const client = await greeted();
  client.send(...Array.from({ length: 1000 }, () => optionMessage(opt.list)));
  const replies = await client.receiveAll();
  t.ok(replies.length > 0 && replies.length < 64 * 100, `${replies.length} bytes of replies`);
});

t.test('each feature is advertised by its own flag', async (t) => {
  const none = { flush: false, fua: false, trim: false, writeZeroes: false };
  for (const [features, flags] of [
    [none, 0x101],
    [{ ...none, flush: true }, 0x105],
    [{ ...none, fua: true }, 0x109],
    [{ ...none, rotational: true }, 0x111],
    [{ ...none, trim: true }, 0x121],
    [{ ...none, writeZeroes: true }, 0x141],
    [{ ...everyFeature, rotational: true }, 0x17d],
  ] as const) {
    const other = await serveMemoryDisk({ features });
    const client = await RawClient.connect(other.socketPath);
    await client.receive(18);
    client.send(u32(3), optionMessage(opt.exportName));
    t.equal((await client.receive(10)).readUInt16BE(8), flags);
    client.close();
    await other.stop();
  }
});

/** The ack sockets: hostile givers, one that sends no more and waits, one that reads no answers. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { HarassedAckServers } from '../../../bench/fuzz/harassed-ack-servers.js';
import { hostileAcker } from '../../../bench/fuzz/hostile-acker.js';
import { AckServer } from '../../../harness/contract/tracing/ack-server.js';
import { PowerSwitch } from '../../../harness/disk/power-switch.js';
import { AckDesk } from '../../../harness/disk/recording/ack-desk.js';
import { serveAcks } from '../../../harness/disk/recording/ack-socket.js';

t.test('hostile givers', async (t) => {
  const servers = await HarassedAckServers.start();
  await fc.assert(
    fc.asyncProperty(hostileAcker, (acker) => servers.endure(acker)),
    { numRuns: 200 },
  );
  servers.close();
  // A generator of which nothing is an ack would test nothing.
  t.ok(servers.acks > 100, `${servers.acks} acks`);
});

/** A desk whose snapshots are never taken by themselves. */
async function desk(t: { teardown(undo: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-acks-'));
  const stamped: string[] = [];
  const own = new AckDesk(
    new PowerSwitch(undefined, () => {}),
    { mark: (text) => stamped.push(text), entryCount: 0 },
    () => '0',
    () => {},
  );
  const path = join(folder, 'ack.sock');
  const server = await serveAcks(path, own);
  const clients: Socket[] = [];
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const client = async (to = path): Promise<Socket> => {
    const socket = connect(to);
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  return { folder, stamped, own, client };
}

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await sleep(5);
};

t.test('who sends no more is answered, and waits until the snapshot is taken', async (t) => {
  const { stamped, own, client } = await desk(t);
  const socket = await client();
  let answers = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    answers += text;
  });
  socket.on('close', () => {
    ended = true;
  });
  socket.end('saved\n');
  await until(() => stamped.length === 1);
  await sleep(100);
  t.notOk(ended, 'it is not let go before');
  own.snapshotTaken(1);
  await until(() => ended);
  t.equal(answers, 'ok\n');
});

t.test('a flood of acks waits in the socket, and none is lost', async (t) => {
  const { stamped, own, client } = await desk(t);
  const socket = await client();
  socket.resume();
  const lines = 50_000;
  socket.end('saved\n'.repeat(lines));
  await until(() => stamped.length > 0);
  await sleep(100);
  // One piece of what was sent, of 64 KiB.
  t.ok(stamped.length < 20_000, `${stamped.length} are held`);
  for (let ack = 1; ack <= lines; ack++) {
    await until(() => stamped.length >= ack);
    own.snapshotTaken(ack);
  }
  t.equal(stamped.length, lines);
});

t.test('who does not read its answers is not listened to', async (t) => {
  const { folder, client } = await desk(t);
  const server = await AckServer.listen(join(folder, 'calls.sock'));
  t.teardown(() => server.close());
  const socket = await client(server.path);
  socket.pause();
  let taken = 0;
  const flood = Buffer.alloc(2 ** 16, '\n');
  const more = (): void => {
    socket.write(flood, () => {
      taken++;
      if (taken < 1000) more();
    });
  };
  more();
  // Until nothing is taken any more.
  for (let before = -1; before !== taken && taken < 100; await sleep(1000)) before = taken;
  t.ok(taken < 100, `${taken} of 1000 pieces were taken`);
});

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { AgentClient } from '../../../vm/machine/agent-client.js';
import { GuestLostError } from '../../../vm/machine/guest-lost.js';

/** A client of an agent that never answers. */
async function silentAgent(t: Test): Promise<{ agent: AgentClient; lose: (error: Error) => void }> {
  // A test's own folder may be too long a path for a socket.
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-agent-'));
  const socketPath = join(folder, 's');
  const server = createServer();
  server.listen(socketPath);
  await once(server, 'listening');
  const socket = connect(socketPath);
  let lose: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  const agent = new AgentClient(socket, lost, (what) => what);
  t.teardown(() => {
    agent.close();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { agent, lose };
}

t.test('a guest that does not answer in time counts as gone, but for calls that can be missed', async (t) => {
  const { agent } = await silentAgent(t);
  await t.rejects(agent.call('hello', {}, { timeoutMs: 5, canBeMissed: true }), /did not answer hello/);
  await t.rejects(agent.call('snapshot', {}, { timeoutMs: 5 }), /did not answer snapshot/);
  await t.rejects(agent.call('unmount'), /did not answer snapshot/);
});

t.test('a guest that goes with a call unread takes nobody with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-agent-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  // Nothing is read, so that what was sent is lost when it closes: the client's end is reset then.
  const server = createServer({ pauseOnConnect: true }).listen(join(folder, 's'));
  await once(server, 'listening');
  const socket = connect(join(folder, 's'));
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const why = new GuestLostError('it ended');
  let lose: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  const agent = new AgentClient(socket, lost, (what) => what);
  const asked = agent.call('snapshot');
  await new Promise((sent) => socket.write('\n', sent));
  const reset = new Promise((resolve) => socket.once('close', resolve));
  accepted.destroy();
  t.equal(await reset, true, 'closed by an error');
  lose(why);
  await t.rejects(asked, why);
  agent.close();
  server.close();
});

t.test('of a guest that is gone nothing is waited for, asked before or after', async (t) => {
  const { agent, lose } = await silentAgent(t);
  const before = agent.call('snapshot');
  const why = new GuestLostError('it ended');
  lose(why);
  await t.rejects(before, why);
  await t.rejects(agent.call('snapshot'), why);
  await t.rejects(agent.run(['true']), why);
});

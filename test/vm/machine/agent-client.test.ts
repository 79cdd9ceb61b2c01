import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { AgentClient } from '../../../vm/machine/agent-client.js';
import { GuestLostError } from '../../../vm/machine/guest-lost.js';

t.test('of a guest that is gone nothing is waited for, asked before or after', async (t) => {
  const socketPath = join(t.testdir(), 'agent.sock');
  // An agent that never answers.
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
    rmSync(socketPath, { force: true });
  });
  const before = agent.call('hello');
  const why = new GuestLostError('it ended');
  lose(why);
  await t.rejects(before, why);
  await t.rejects(agent.call('hello'), why);
  await t.rejects(agent.run(['true']), why);
});

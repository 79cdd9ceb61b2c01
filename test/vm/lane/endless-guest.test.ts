/** A guest whose kernel asks for its disk without end is told in time, as one is that says nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { LaneGuest } from '../../../vm/lane/lane-guest.js';
import type { LaneMachine } from '../../../vm/lane/lane-machine.js';
import { SyncAgent } from '../../../vm/lane/sync-agent.js';

/** Who still serves it by then is not told at all. */
const muchTooManyMs = 100_000;

/** Throws when it is asked for too long, since a loop that waits in place hears no test's time limit. */
function asksWithoutEnd(): () => boolean {
  const started = performance.now();
  return () => {
    if (performance.now() - started > muchTooManyMs) throw new Error('served without end');
    return true;
  };
}

t.test('by a lane that serves its disk', { timeout: 2 * muchTooManyMs }, async (t) => {
  const machine: LaneMachine = {
    ...{ name: 'a machine', consoleLog: '/dev/null', isRunning: true, ended: null },
    start() {},
    turn: asksWithoutEnd(),
    stop() {},
    close() {},
  };
  const guest = new LaneGuest(machine, [1024 * 1024], () => {});
  t.equal(
    guest.serveUntil(() => false, 50),
    'the guest did not answer within 0.05 s',
  );
  t.equal(
    guest.serveUntil(() => true, 50),
    null,
  );
});

/** An agent that answers the greeting, and nothing else. */
const agent = `
require('net').createServer((peer) => peer.once('data', (said) => peer.write(said.toString().replace('"call"', '"ok"'))))
  .listen(process.argv[1], () => console.log('listens'));
`;

t.test('by whoever calls its agent meanwhile', { timeout: 2 * muchTooManyMs }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-agent-'));
  const socket = join(folder, 'agent.sock');
  const child: ChildProcess = spawn(process.execPath, ['-e', agent, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  await once(child.stdout!, 'data');
  const asks = asksWithoutEnd();
  const always = openSync('/dev/zero', 'r');
  const calls = new SyncAgent(socket, { descriptors: [always], serve: () => void asks() });
  t.throws(() => calls.call('mount', {}, 50), { message: /did not answer mount in time/ });
  calls.close();
});

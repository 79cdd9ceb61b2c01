import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tryLock } from '../attach/libc.js';
import { stateFolder } from '../state/run-space.js';

/** Below the ports that Linux hands out by itself (ip_local_port_range). */
const first = 21_000;
const last = 28_999;

/**
 * A TCP port of 127.0.0.1 that nobody listens on, and that no other run of this state folder takes while this process
 * lives: each holds a lock on a file for its port, as machine-lanes.ts does for lanes.
 *
 * @throws Error when there is none
 */
export async function takePort(): Promise<number> {
  const folder = stateFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let port = first; port <= last; port++) {
    const fd = openSync(join(folder, `port-${port}.lock`), 'a', 0o600);
    if (tryLock(fd) && (await isFree(port))) return port;
    closeSync(fd);
  }
  throw new Error(`no free port between ${first} and ${last}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

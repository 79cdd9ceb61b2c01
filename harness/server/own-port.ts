import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from '../attach/libc.js';

/** Below the ports that Linux hands out by itself (ip_local_port_range). */
const first = 21_000;
const last = 28_999;

/**
 * A TCP port of 127.0.0.1 that nobody listens on, and that no other plugpull takes while this process lives: each holds a
 * lock on a file for its port.
 *
 * @throws Error when there is none
 */
export async function takePort(): Promise<number> {
  for (let port = first; port <= last; port++) {
    const fd = openSync(join(tmpdir(), `plugpull-port-${port}`), 'a', 0o666);
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

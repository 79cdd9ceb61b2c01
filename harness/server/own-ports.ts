import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tryLock } from '../attach/libc.js';
import { stateFolder } from '../state/run-space.js';
import { makeFolder } from '../verdict/make-folder.js';

/** Below the ports that Linux hands out by itself (ip_local_port_range). */
const first = 21_000;
const count = 8000;

/**
 * TCP ports of 127.0.0.1, one after the other, that nobody listens on, and that no other run of this state folder takes at
 * the same time: each holds a lock on a file for its port, as machine-lanes.ts does for lanes, until it takes the next or ends.
 */
export class OwnPorts {
  #held: { fd: number; port: number } | null = null;

  /** @throws Error when there is none */
  async next(): Promise<number> {
    const folder = stateFolder();
    makeFolder(folder, 0o700);
    const before = this.#held;
    for (let i = 0; i < count; i++) {
      const port = first + (((before?.port ?? first - 1) - first + 1 + i) % count);
      const fd = openSync(join(folder, `port-${port}.lock`), 'a', 0o600);
      if (tryLock(fd) && (await isFree(port))) {
        if (before) closeSync(before.fd);
        this.#held = { fd, port };
        return port;
      }
      closeSync(fd);
    }
    throw new Error(`no free port between ${first} and ${first + count - 1}`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * attend JSON: attends a server and its programs in the current directory (`attend.ts`), in a network of its own where
 * that is allowed, and leaves nothing running.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { enterOwnNetwork } from '../attach/network-namespace.js';
import { adoptOrphans } from '../state/adopt-orphans.js';
import { killDescendants } from '../state/descendants.js';
import { attend } from './attend.js';
import type { Attendance } from './attendance.js';
import { ownNetworksPort } from './own-networks-port.js';
import { takePort } from './own-port.js';
import { makeSocketFolder } from './socket-folder.js';

adoptOrphans();
const sockets = makeSocketFolder();
try {
  const port = enterOwnNetwork() ? ownNetworksPort : await takePort();
  const env = { ...process.env, PLUGPULL_PORT: `${port}`, PLUGPULL_SOCKET: join(sockets, 'socket') };
  process.exitCode = await attend(JSON.parse(process.argv[2] ?? '') as Attendance, env);
} finally {
  killDescendants();
  rmSync(sockets, { recursive: true, force: true });
}
process.exit();

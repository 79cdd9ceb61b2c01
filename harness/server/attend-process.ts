/**
 * attend JSON: attends a server and its programs in the current directory (`attend.ts`), in a network and with shared memory
 * of its own where that is allowed, and leaves nothing running. `attend JSON --stay`: the same in one directory after the other, each a
 * line on standard input, answered by one on standard output (`attend-states.ts`).
 */
import { rmSync } from 'node:fs';
import { skipSyncs } from '../attach/skip-syncs.js';
import { adoptOrphans } from '../state/adopt-orphans.js';
import { killDescendants } from '../state/descendants.js';
import { attend } from './attend.js';
import { attendStates } from './attend-states.js';
import { type Attendance, namesOf } from './attendance.js';
import { OwnAddresses } from './own-addresses.js';
import { takeSharedMemory } from './shared-memory.js';
import { makeSocketFolder } from './socket-folder.js';

adoptOrphans();
const sockets = makeSocketFolder();
try {
  const attendance = JSON.parse(process.argv[2] ?? '') as Attendance;
  if (attendance.thrownAway) skipSyncs();
  if (process.argv[3] === '--stay') await attendStates(attendance, sockets);
  else {
    takeSharedMemory();
    const addresses = await new OwnAddresses(sockets, namesOf(attendance)).next();
    process.exitCode = await attend(attendance, { ...process.env, ...addresses });
  }
} finally {
  killDescendants();
  rmSync(sockets, { recursive: true, force: true });
}
process.exit();

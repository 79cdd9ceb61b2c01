/**
 * POSIX shared memory (shm_overview(7)) of an attending program's own, where its mounts are its own: what a killed server
 * leaves there nobody else sees, and the next server does not either. PostgreSQL leaves two files each time.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mount, SystemCallError } from '../attach/libc.js';
import { hasOwnMounts } from '../state/own-mounts.js';

const folder = '/dev/shm';
/** The name of ours, in /proc/self/mounts. */
const source = 'plugpull-shm';

/** Before anything is attended, each time anew. @returns whether it is this program's own, and empty */
export function takeSharedMemory(): boolean {
  if (!hasOwnMounts() || !existsSync(folder) || isTraced()) return false;
  if (isOurs()) {
    empty();
    return true;
  }
  try {
    mount(source, folder, 'tmpfs', 0, 'mode=1777');
    return true;
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}

function empty(): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** The contract engine would take our mount(2) for the programs' own (proc(5)). */
function isTraced(): boolean {
  return !/^TracerPid:\s*0$/m.test(readFileSync('/proc/self/status', 'utf8'));
}

/** Who attended before in these mounts may have been killed. */
function isOurs(): boolean {
  const [own] = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .reverse()
    .filter((line) => line.split(' ')[1] === folder);
  return own?.startsWith(`${source} `) ?? false;
}

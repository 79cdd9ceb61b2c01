import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../verdict/errors.js';
import type { AttachingRun } from './attaching-run.js';
import { hangsAfterMs } from './hang-limit.js';
import { unmount } from './libc.js';

/** A disk served over NBD, seen as a file. */
export interface DiskFile {
  path: string;
  detach(): Promise<void>;
}

/** Exposes an NBD unix socket as a file through nbdfuse(1) (Debian: libnbd-bin). Needs root or fusermount3. */
export async function attachNbdfuse(
  space: AttachingRun,
  socketPath: string,
  name: string,
): Promise<DiskFile> {
  const path = space.path(name);
  const pidFile = `${path}.pid`;
  writeFileSync(path, '');
  space.note({ kind: 'mount', what: path });
  space.note({ kind: 'process', what: 'nbdfuse' });
  const child = spawn('nbdfuse', ['-P', pidFile, path, '--unix', socketPath], {
    env: { ...process.env, ...space.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  let failed: Error | null = null;
  child.on('error', (error) => {
    failed = error;
  });
  const deadline = performance.now() + hangsAfterMs;
  while (!existsSync(pidFile) || statSync(path).size === 0) {
    if (failed) {
      throw new UnavailableError(
        `cannot start nbdfuse (${(failed as Error).message}): apt-get install libnbd-bin`,
      );
    }
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new UnavailableError(
        `nbdfuse did not serve the disk: ${said.trim() || `no answer within ${hangsAfterMs / 1000} s`}`,
      );
    }
    await sleep(5);
  }
  return {
    path,
    async detach() {
      const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
      try {
        unmount(path, { detach: true });
      } finally {
        // It ends by itself once unmounted; a disk process that died before it may leave it hanging.
        const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
        await gone;
        clearTimeout(timer);
      }
    },
  };
}

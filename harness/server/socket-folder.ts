import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMark, stateFolder } from '../state/run-space.js';

/** A unix socket's path has room for 107 bytes (unix(7)); some go to the socket's own name. */
const longestBytes = 80;

/**
 * A new folder for a server's socket, where whoever the server runs as may make it. It lies in the run's folder, so that it
 * goes with that when this program is killed; where there is none, as in a guest, or its path is too long, in /tmp.
 */
export function makeSocketFolder(): string {
  const run = join(stateFolder(), process.env[runMark] ?? '.');
  const within = process.env[runMark] && existsSync(run) && Buffer.byteLength(run) < longestBytes;
  const folder = mkdtempSync(within ? join(run, 'server-') : join(tmpdir(), 'plugpull-server-'));
  chmodSync(folder, 0o1777);
  return folder;
}

/** Takes away what a server left there. */
export function emptySocketFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

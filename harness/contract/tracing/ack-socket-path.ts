import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mostBytes = 100;

/** A unix socket's path has room for 107 bytes (unix(7)). */
export function ackSocketPath(workDir: string): { path: string; dispose: () => void } {
  const path = join(workDir, 'contract-ack.sock');
  if (Buffer.byteLength(path) < mostBytes) return { path, dispose: () => {} };
  // Where TMPDIR is long, too: Node would cut the path, and make a socket that nobody finds or removes.
  const isShort = Buffer.byteLength(join(tmpdir(), 'plugpull-ack-XXXXXX', 'ack.sock')) < mostBytes;
  const directory = mkdtempSync(join(isShort ? tmpdir() : '/tmp', 'plugpull-ack-'));
  return {
    path: join(directory, 'ack.sock'),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A unix socket's path has room for 107 bytes (unix(7)). */
export function ackSocketPath(workDir: string): { path: string; dispose: () => void } {
  const path = join(workDir, 'contract-ack.sock');
  if (Buffer.byteLength(path) < 100) return { path, dispose: () => {} };
  const directory = mkdtempSync(join(tmpdir(), 'plugpull-ack-'));
  return {
    path: join(directory, 'ack.sock'),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

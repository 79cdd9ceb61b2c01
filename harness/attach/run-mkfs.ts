import { spawnSync } from 'node:child_process';
import type { Storage } from '../scenario/schema/storage.js';
import { fileSystemFacts } from './file-system.js';
import { errorCode } from './libc.js';

const timeoutMs = 120_000;

/** Makes a file system, and waits for it without an event loop; why it was not made, or null. */
export function runMkfs(
  device: string,
  { fs, mkfs }: Pick<Storage, 'fs' | 'mkfs'>,
): { by: 'mkfs' | 'missing'; said: string } | null {
  const [command, ...words] = fileSystemFacts[fs].mkfs;
  const made = spawnSync(command!, [...words, ...mkfs, device], { encoding: 'utf8', timeout: timeoutMs });
  if (made.error && errorCode(made.error) === 'ENOENT')
    return {
      by: 'missing',
      said: `${command} is missing: apt-get install ${fileSystemFacts[fs].package}`,
    };
  if (made.status === 0) return null;
  const said = made.error?.message ?? `${made.stderr}`.trim();
  return { by: 'mkfs', said: `${command}: ${said || `ended with ${made.status}`}` };
}

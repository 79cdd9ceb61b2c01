import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';

/** Somebody else may be at it, too: the next run, as it starts. */
const patiently = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 } as const;

/**
 * Removes a folder with all that a workload left in it: names longer than a path may be, and files that are not to be
 * changed (chattr(1)), included.
 *
 * @throws what rmSync throws, when it is still there
 */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, patiently);
  } catch (error) {
    // Programs that go down folder by folder. What is missing here, or not allowed, shows in what is left.
    const remove = (): boolean => spawnSync('rm', ['-rf', '--', folder], { stdio: 'ignore' }).status === 0;
    if (remove()) return;
    spawnSync('chattr', ['-R', '-f', '-i', '-a', folder], { stdio: 'ignore' });
    if (!remove() && existsSync(folder)) throw error;
  }
}
